import { MultiPointerTensor } from './multi-pointer-tensor.ts';
import type { PointerTensor } from './pointer-tensor.ts';

/** What pointers and tensors of a hook can do together. */
export const HookedTensor = {
  /**
   * One multi-pointer of pointers to several workers.
   *
   * @throws TypeError when two of them are at one worker.
   */
  combine<T>(
    first: PointerTensor<T>,
    ...others: readonly PointerTensor<T>[]
  ): MultiPointerTensor<T> {
    return new MultiPointerTensor(first.hook, [first, ...others]);
  },
} as const;
