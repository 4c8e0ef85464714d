import { InvocationFailedError } from '@tributary/client/protocol';
import { MemoryStore } from '../../../src/execution/index.ts';
import { clock } from './harness.ts';

/** What fails at one write, and whether the write happened all the same. */
export interface Cut {
  readonly atWrite: number;
  readonly isWritten: boolean;
}

/** A store that can lose the connection at one of its writes. */
export class FaultyStore extends MemoryStore {
  /** Writes since the last {@link FaultyStore.cutAt}. */
  writeCount = 0;
  #cut: Cut | undefined;

  constructor() {
    super({ now: () => clock.ms });
  }

  /** Counts anew; the next cut happens once. */
  cutAt(cut: Cut | undefined): void {
    this.writeCount = 0;
    this.#cut = cut;
  }

  override create(...args: Parameters<MemoryStore['create']>): ReturnType<MemoryStore['create']> {
    return this.#write(() => super.create(...args));
  }

  override replaceHeader(
    ...args: Parameters<MemoryStore['replaceHeader']>
  ): ReturnType<MemoryStore['replaceHeader']> {
    return this.#write(() => super.replaceHeader(...args));
  }

  override delete(...args: Parameters<MemoryStore['delete']>): ReturnType<MemoryStore['delete']> {
    return this.#write(() => super.delete(...args));
  }

  override createPlan(
    ...args: Parameters<MemoryStore['createPlan']>
  ): ReturnType<MemoryStore['createPlan']> {
    return this.#write(() => super.createPlan(...args));
  }

  async #write<Result>(write: () => Promise<Result>): Promise<Result> {
    const isCut = this.writeCount === this.#cut?.atWrite;
    this.writeCount += 1;
    if (!isCut) return await write();
    const { isWritten } = this.#cut as Cut;
    this.#cut = undefined;
    if (isWritten) await write();
    throw new InvocationFailedError('Storage is away; try again', { code: 'storage' });
  }
}
