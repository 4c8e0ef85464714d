import { InvocationFailedError, type TensorHook } from '@tributary/client';
import type { CommandStatus } from '@tributary/client/protocol';
import { MemoryStore } from '../../src/execution/index.ts';
import { CommandQueue } from '../../src/pointers/command-queue.ts';
import { RemoteWorker } from '../../src/pointers/remote-worker.ts';
import type { OutgoingBatch, WorkerTransport } from '../../src/pointers/transport.ts';
import { VirtualTransport } from '../../src/pointers/virtual-transport.ts';

/** What becomes of one exchange. */
export type Fault =
  | 'none'
  | 'lost-request'
  | 'lost-answer'
  | 'doubled'
  | 'late-double'
  /** An older batch comes once more before it. */
  | 'haunted';

/** A way to a worker that loses and repeats what it carries, as `next` says. */
export class FaultyTransport implements WorkerTransport {
  readonly inlineBytesMax: number = Number.POSITIVE_INFINITY;
  readonly fetches = false;
  readonly batches: OutgoingBatch[] = [];
  readonly #inner: WorkerTransport;
  readonly #next: () => Fault;
  readonly #late: Promise<unknown>[] = [];

  constructor(inner: WorkerTransport, next: () => Fault) {
    this.#inner = inner;
    this.#next = next;
  }

  async exchange(batch: OutgoingBatch): Promise<readonly CommandStatus[]> {
    this.batches.push(batch);
    const fault = this.#next();
    if (fault === 'lost-request') throw lost();
    if (fault === 'haunted') await this.#haunt();
    const statuses = await this.#inner.exchange(batch);
    if (fault === 'lost-answer') throw lost();
    if (fault === 'late-double') this.#late.push(later(() => this.#inner.exchange(batch)));
    return fault === 'doubled' ? await this.#inner.exchange(batch) : statuses;
  }

  async #haunt(): Promise<void> {
    const older = this.batches[Math.floor((this.batches.length - 1) / 2)];
    if (older !== undefined) await this.#inner.exchange(older);
  }

  upload(bytes: Uint8Array): Promise<string> {
    return this.#inner.upload(bytes);
  }

  download(from: { readonly url: string; readonly sha256: string }): Promise<Uint8Array> {
    return this.#inner.download(from);
  }

  /** Waits until every repetition has come. */
  async settled(): Promise<void> {
    await Promise.all(this.#late);
  }
}

/** A worker in this process behind a {@link FaultyTransport}. */
export class FaultyWorker extends RemoteWorker {
  readonly transport: FaultyTransport;
  readonly store: MemoryStore;

  constructor(hook: TensorHook, id: string, next: () => Fault) {
    const store = new MemoryStore();
    const transport = new FaultyTransport(new VirtualTransport(hook, id, store), next);
    super(hook, id, new CommandQueue(transport));
    this.transport = transport;
    this.store = store;
    hook.register(this);
  }

  override toString(): string {
    return `<FaultyWorker id:${this.id}>`;
  }
}

/** Tries until nothing is lost on the way, as a program would. */
export async function persistently<T>(body: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await body();
    } catch (error) {
      if (!(error instanceof InvocationFailedError)) throw error;
    }
  }
}

function lost(): InvocationFailedError {
  return new InvocationFailedError('Lost on the way', { code: 'exchange-failed' });
}

async function later<T>(body: () => Promise<T>): Promise<T> {
  await new Promise((resolve) => setImmediate(resolve));
  return await body();
}
