/** One worker thread, from its owner's side. */
import { Worker } from 'node:worker_threads';
import { type BatchProgress, type EngineReport, TrainingFailedError } from '@tributary/client/tfjs';
import type {
  FromWorker,
  Job,
  JobFailure,
  JobResult,
  ToWorker,
  WorkerSetup,
} from './training-messages.ts';

export interface JobContext {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: BatchProgress) => void) | undefined;
}

export interface TrainingThread {
  readonly engine: EngineReport;
  /** Runs one job; the next one waits for its end. Rejects with `signal.reason` once aborted. */
  run(job: Job, context: JobContext): Promise<JobResult>;
  /** Ends the thread; a job under way rejects. Again is harmless. */
  close(): Promise<void>;
}

/** Threads resolve workspaces to their sources as the main thread does, whoever that is. */
const EXEC_ARGV = ['-C', 'tributary-source'];

/** The job under way. */
interface Pending {
  readonly id: number;
  readonly context: JobContext;
  readonly resolve: (result: JobResult) => void;
  readonly reject: (reason: unknown) => void;
}

function rebuilt({ error, coded }: JobFailure): unknown {
  if (coded === undefined) return error;
  return new TrainingFailedError(coded.message, { code: coded.code, detail: coded.detail });
}

class WorkerThread implements TrainingThread {
  readonly engine: EngineReport;
  readonly #worker: Worker;
  #pending: Pending | undefined;
  #ended: Error | undefined;
  #lastId = 0;

  constructor(worker: Worker, engine: EngineReport) {
    this.#worker = worker;
    this.engine = engine;
    worker.on('message', (message: FromWorker) => this.#receive(message));
    worker.on('error', (error) => this.#end(error));
    worker.on('exit', (code) => this.#end(new Error(`Training thread ended with code ${code}`)));
  }

  run(job: Job, context: JobContext): Promise<JobResult> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = ++this.#lastId;
    const { signal } = context;
    const abort = (): void => this.#send({ kind: 'abort', id });
    signal?.addEventListener('abort', abort, { once: true });
    return new Promise<JobResult>((resolve, reject) => {
      signal?.throwIfAborted();
      this.#pending = { id, context, resolve, reject };
      this.#send({ kind: 'job', id, job });
    }).finally(() => signal?.removeEventListener('abort', abort));
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    const pending = this.#pending;
    if (message.kind === 'ready' || pending?.id !== message.id) return;
    const { signal, onProgress } = pending.context;
    if (message.kind === 'progress') {
      if (signal?.aborted !== true) onProgress?.(message.progress);
      return;
    }
    this.#pending = undefined;
    if (signal?.aborted === true) pending.reject(signal.reason);
    else if (message.kind === 'done') pending.resolve(message.result);
    else pending.reject(rebuilt(message.failure));
  }

  #end(reason: Error): void {
    this.#ended ??= reason;
    this.#pending?.reject(this.#ended);
    this.#pending = undefined;
  }
}

/** Starts a thread and waits for its engine. */
export async function startTrainingThread(setup: WorkerSetup): Promise<TrainingThread> {
  const script = new URL('./training-worker-start.js', import.meta.url);
  const worker = new Worker(script, { workerData: setup, execArgv: EXEC_ARGV });
  const engine = await new Promise<EngineReport>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`Training thread ended with code ${code}`)));
    worker.once('message', (message: FromWorker) => {
      if (message.kind === 'ready') resolve(message.engine);
    });
  });
  return new WorkerThread(worker, engine);
}
