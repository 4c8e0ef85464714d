import { PointerMisuseError } from './misuse.ts';
import { MultiPointerTensor } from './multi-pointer-tensor.ts';
import { PointerTensor } from './pointer-tensor.ts';

/** What pointers and tensors of a hook can do together. */
export const HookedTensor = {
  /**
   * One multi-pointer of pointers to several workers.
   *
   * @throws TypeError when two of them are at one worker, or one is no pointer.
   */
  combine<T>(
    first: PointerTensor<T>,
    ...others: readonly PointerTensor<T>[]
  ): MultiPointerTensor<T> {
    const pointers = [first, ...others];
    if (!pointers.every((pointer) => pointer instanceof PointerTensor)) {
      throw new PointerMisuseError(
        'combine() takes pointers, at least one; send() local tensors first',
      );
    }
    return new MultiPointerTensor(first.hook, pointers);
  },
} as const;
