import { ask } from './ask.ts';
import type { CommandQueue } from './command-queue.ts';
import { drawObjectId } from './object-id.ts';
import type { PointerTensor } from './pointer-tensor.ts';
import { listObjects, type ObjectSummary, pointerTo, summaryOf } from './search.ts';
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
  }

  /** What the worker holds and the caller may see, by id; values stay there. */
  async objects(): Promise<Map<string, ObjectSummary>> {
    const found = await listObjects(this, []);
    return new Map(found.map((summary) => [summary.id, summaryOf(summary)]));
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
    await ask(this, { op: '$clear', attributes: { request: drawObjectId() } });
    this.queue.vanishStored();
    return this;
  }

  abstract toString(): string;
}
