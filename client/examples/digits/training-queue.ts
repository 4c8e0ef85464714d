/** Jobs waiting for a thread, first come, first served. */
import type { Job, JobResult } from './training-messages.ts';
import type { JobContext, TrainingThread } from './training-thread.ts';

type Start = (thread: TrainingThread) => void;

/** Shares threads among jobs, one job at a time for each. */
export class ThreadQueue {
  readonly #free: TrainingThread[];
  readonly #waiting: Start[] = [];

  constructor(threads: readonly TrainingThread[]) {
    this.#free = [...threads];
  }

  /** Runs `job` on the next free thread. Rejects with `signal.reason` once aborted, waiting or not. */
  async run(job: Job, context: JobContext): Promise<JobResult> {
    const thread = await this.#take(context.signal);
    try {
      return await thread.run(job, context);
    } finally {
      this.#give(thread);
    }
  }

  #take(signal: AbortSignal | undefined): Promise<TrainingThread> {
    const free = this.#free.shift();
    if (free !== undefined) return Promise.resolve(free);
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1);
        reject(signal?.reason);
      };
      const start: Start = (thread) => {
        signal?.removeEventListener('abort', leave);
        resolve(thread);
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(start);
    });
  }

  #give(thread: TrainingThread): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(thread);
    else next(thread);
  }
}
