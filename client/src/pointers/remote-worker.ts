import { ask } from './ask.ts';
import type { CommandQueue } from './command-queue.ts';
import { guard } from './habits/guard.ts';
import { WORKER } from './habits/worker-habits.ts';
import { drawObjectId } from './object-id.ts';
import type { PointerTensor } from './pointer-tensor.ts';
import { printsAsText } from './print.ts';
import { listObjects, type ObjectSummary, pointerTo, summaryOf } from './search.ts';
import { GONE } from './take-away.ts';
import type { TensorHook } from './tensor-hook.ts';

/** A remote machine that holds tensors and executes commands on them. */
export abstract class RemoteWorker {
  readonly hook: TensorHook;
  readonly id: string;
  /**
   * Commands on their way; shared by every handle on the same worker.
   *
   * @internal
   */
  readonly queue: CommandQueue;

  constructor(hook: TensorHook, id: string, queue: CommandQueue) {
    this.hook = hook;
    this.id = id;
    this.queue = queue;
    // Pointers, messages and the hook's register know the worker by these.
    for (const key of ['hook', 'id']) Object.defineProperty(this, key, { writable: false });
  }

  /**
   * Sends everything that waits, deletions too; what failed is told to whoever awaits its values.
   *
   * @throws InvocationFailedError when the worker can't be reached; nothing is lost.
   */
  flush(): Promise<void> {
    return this.queue.flush();
  }

  /** What the worker holds and the caller may see, by id; values stay there. */
  async objects(): Promise<Map<string, ObjectSummary>> {
    const found = await listObjects(this, []);
    // The caller's own last, so that nobody else can hide one of them behind the same id.
    const ordered = [...found.filter(({ own }) => !own), ...found.filter(({ own }) => own)];
    return new Map(ordered.map((summary) => [summary.id, summaryOf(summary)]));
  }

  /**
   * Pointers to the objects that every term fits: an id or a tag as a whole, or a part of the
   * description. No terms find everything. The pointers don't delete their objects when they go.
   */
  async search(...terms: readonly string[]): Promise<PointerTensor[]> {
    const found = await listObjects(this, terms);
    return found.map((summary) => pointerTo(this, summary));
  }

  /** Deletes everything the caller has at the worker. */
  async clearObjects(): Promise<this> {
    const cleared = this.queue.ownObjects();
    const attributes = { request: drawObjectId() };
    await ask(this, { op: '$clear', attributes, deletes: cleared });
    for (const object of cleared) {
      if (object.state !== 'stored') continue;
      object.departure = GONE.cleared;
      object.vanish();
    }
    return this;
  }

  abstract toString(): string;

  /** Its id only: neither what it holds nor how to reach it. */
  toJSON(): object {
    return { id: this.id };
  }
}

printsAsText(RemoteWorker);
guard(RemoteWorker, WORKER);
