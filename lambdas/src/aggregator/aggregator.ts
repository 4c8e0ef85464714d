import { type RoundId, type Task, TributaryError, taskSchema } from '@tributary/client/protocol';
import { runTask } from '../steps/run-task.ts';
import type { StepContext } from '../steps/step.ts';
import { sweep } from '../steps/sweep.ts';
import type { TaskQueue } from '../storage/task-queue.ts';
import type { CollectThrottle } from './collect-throttle.ts';
import type { BatchAnswer, QueueMessage } from './events.ts';
import { readHints } from './hints.ts';

export interface AggregatorParts {
  readonly context: StepContext;
  readonly tasks: TaskQueue;
  readonly throttle: CollectThrottle;
}

/** One warm function: turns messages into tasks, runs them, sends on what has become due. */
export class Aggregator {
  readonly #parts: AggregatorParts;

  constructor(parts: AggregatorParts) {
    this.#parts = parts;
  }

  /** Looks for whatever events missed and puts it on the task queue. */
  async sweep(): Promise<{ readonly swept: number }> {
    const due = await sweep(this.#parts.context);
    await this.#parts.tasks.sendAll(due);
    return { swept: due.length };
  }

  /** Runs every piece of work the messages ask for once; a failure brings back exactly the messages that asked for it. */
  async batch(messages: readonly QueueMessage[]): Promise<BatchAnswer> {
    const work = new Map<string, { run: () => Promise<void>; askedBy: Set<string> }>();
    for (const message of messages) {
      for (const [key, run] of this.#workOf(message)) {
        const item = work.get(key) ?? { run, askedBy: new Set() };
        item.askedBy.add(message.messageId);
        work.set(key, item);
      }
    }
    const failed = new Set<string>();
    for (const [key, { run, askedBy }] of work) {
      if (await this.#succeeds(key, run)) continue;
      for (const messageId of askedBy) failed.add(messageId);
    }
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  }

  #workOf({ messageId, body }: QueueMessage): [string, () => Promise<void>][] {
    const task = parseTask(body);
    if (task !== undefined) return [[JSON.stringify(task), () => this.#run(task)]];
    const hints = readHints(body);
    if (hints.length === 0) {
      this.#parts.context.log({ level: 'warn', event: 'message-ignored', messageId });
    }
    return hints.map((id) => [`hint ${id.model} ${id.round}`, () => this.#follow(id)]);
  }

  async #follow({ model, round }: RoundId): Promise<void> {
    const { context, tasks, throttle } = this.#parts;
    const task: Task = { schema: 1, task: 'collect', model, round };
    const admission = throttle.admit(`${model} ${round}`, context.now());
    if (admission === 'now') await this.#run(task);
    if (admission !== 'later') return;
    try {
      await tasks.send(task, throttle.intervalSeconds);
    } catch (error) {
      throttle.retract(`${model} ${round}`);
      throw error;
    }
  }

  async #run(task: Task): Promise<void> {
    const { context, tasks } = this.#parts;
    const startedAt = context.now();
    const { did, next, timer } = await runTask(context, task);
    await tasks.sendAll(next);
    if (timer !== undefined) {
      await tasks.send({ schema: 1, task: 'collect', ...timer.id }, timer.delaySeconds);
    }
    const { schema: _, ...named } = task;
    context.log({
      level: 'info',
      event: 'task-done',
      ...named,
      did,
      durationMs: context.now() - startedAt,
    });
  }

  async #succeeds(key: string, run: () => Promise<void>): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      const facts = error instanceof TributaryError ? error.toJSON() : { message: String(error) };
      this.#parts.context.log({ level: 'error', event: 'task-failed', work: key, ...facts });
      return false;
    }
  }
}

function parseTask(body: string): Task | undefined {
  try {
    return taskSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
