import { MemoryStore } from '../execution/index.ts';
import { checkWorker } from './check-worker.ts';
import { CommandQueue } from './command-queue.ts';
import { PointerMisuseError } from './misuse.ts';
import type { RemoteObject } from './remote-object.ts';
import { RemoteWorker } from './remote-worker.ts';
import type { TensorHook } from './tensor-hook.ts';
import { pseudonymOf, VirtualTransport } from './virtual-transport.ts';

/** Settings of a {@link VirtualWorker}. */
export interface VirtualWorkerOptions {
  /** 1 to 64 of A–Z a–z 0–9 . _ -; the same id is the same worker again. */
  readonly id: string;
  /**
   * The objects of another virtual worker of this id, when another hook (another user) is to see
   * them.
   *
   * @default a store of its own
   */
  readonly store?: MemoryStore | undefined;
}

/** A pretend remote machine in this process: everything travels as it would to a real one. */
export class VirtualWorker extends RemoteWorker {
  /** What the worker holds. */
  readonly store: MemoryStore;

  /**
   * @throws TypeError for an id of another form, and when a worker of another class, or with another
   * store, has it.
   */
  constructor(hook: TensorHook, options: VirtualWorkerOptions) {
    checkWorker('VirtualWorker', { hook, options }, { id: true, store: true });
    const { id, store } = options;
    const same = hook.sameWorker(id, VirtualWorker);
    if (same !== undefined && store !== undefined && store !== same.store) {
      throw new PointerMisuseError(
        `Worker ${id} has a store already and can't get another; leave it out or choose another id`,
      );
    }
    const objects = same?.store ?? store ?? new MemoryStore();
    super(hook, id, same?.queue ?? new CommandQueue(new VirtualTransport(hook, id, objects)));
    this.store = objects;
    hook.register(this);
  }

  override toString(): string {
    const owner = pseudonymOf(this.hook.user);
    const isThere = ({ id, foreignOwner }: RemoteObject) =>
      this.store.has({ owner: foreignOwner ?? owner, id });
    const coming = this.queue.comingObjects().filter((object) => !isThere(object));
    const leaving = this.queue.leavingObjects().filter(isThere);
    return `<VirtualWorker id:${this.id} #objects:${this.store.size + coming.length - leaving.length}>`;
  }
}
