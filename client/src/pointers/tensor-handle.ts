import type { DataType } from '@tensorflow/tfjs';
import { guard } from './habits/guard.ts';
import { POINTER } from './habits/tensor-guards.ts';
import { type Index, isScalar, partOf, rowsOf } from './indexing.ts';
import { refuseReading, toPrimitive } from './misuse.ts';
import type { PointerOperations } from './pointer-operations.generated.ts';
import { printsAsText } from './print.ts';
import type { TensorHook } from './tensor-hook.ts';

/** What every handle on remote tensors has: a form, and the operations of a tensor. */
export interface TensorHandle<Self> extends PointerOperations<Self> {}

/** What a handle knows of the tensor behind it without asking for it. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: see above
export abstract class TensorHandle<Self> {
  readonly hook: TensorHook;

  constructor(hook: TensorHook) {
    this.hook = hook;
  }

  /** `null` while it depends on values that only the worker has; `await ready()` finds out. */
  abstract get shape(): readonly number[] | null;

  /** `null` while it depends on values that only the worker has; `await ready()` finds out. */
  abstract get dtype(): DataType | null;

  /** Count of dimensions. */
  get rank(): number | undefined {
    return this.shape?.length;
  }

  /** Count of elements. */
  get size(): number | undefined {
    return this.shape?.reduce((product, size) => product * size, 1);
  }

  /** A second object of the same value at the same worker. */
  copy(): Self {
    return this.hook.tf.clone(this as never) as unknown as Self;
  }

  /** The same as {@link TensorHandle.copy}, under the name that tensors have for it. */
  clone(): Self {
    return this.copy();
  }

  /**
   * The part that an index names; `at(0)` is the first row, `at(null, { start: 1, end: 3 })`
   * the second and third column.
   */
  at(...indices: readonly Index[]): Self {
    return partOf<Self>(this, indices);
  }

  /**
   * The tensors along the first dimension. A scalar is not iterable: test programs compare what is by
   * going through it, and would fail for two pointers that only differ.
   */
  get [Symbol.iterator](): () => Iterator<Self> {
    if (isScalar(this)) return undefined as never;
    return () => rowsOf<Self>(this)[Symbol.iterator]();
  }

  [Symbol.toPrimitive](hint: string): string | number {
    return toPrimitive(this, hint);
  }
}

printsAsText(TensorHandle);
refuseReading(TensorHandle.prototype);
guard(TensorHandle, POINTER);
