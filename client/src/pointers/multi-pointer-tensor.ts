import type { DataType, Tensor } from '@tensorflow/tfjs';
import type { Disposable } from './lifetime.ts';
import type { GetOptions, PointerTensor } from './pointer-tensor.ts';
import { printMultiPointer } from './print.ts';
import { sumOf } from './sum-results.ts';
import { TensorHandle } from './tensor-handle.ts';
import type { TensorHook } from './tensor-hook.ts';

/** How {@link MultiPointerTensor.get} fetches. */
export interface MultiGetOptions extends GetOptions {
  /** True gives the sum of the tensors instead of a list. @default false */
  readonly sumResults?: boolean | undefined;
}

/** Pointers to tensors of the same form at several workers; an operation runs at each of them. */
export class MultiPointerTensor<T = Tensor>
  extends TensorHandle<MultiPointerTensor<T>>
  implements Disposable
{
  /** The pointers, by worker id; two levels deep as the printed form shows. */
  readonly child: { readonly child: Readonly<Record<string, PointerTensor<T>>> };

  /** The pointers in sending order. @internal */
  readonly parts: readonly PointerTensor<T>[];

  /**
   * @internal
   * @throws TypeError when two of the pointers are at one worker.
   */
  constructor(hook: TensorHook, pointers: readonly PointerTensor<T>[]) {
    super(hook);
    this.parts = pointers;
    this.child = {
      child: Object.fromEntries(pointers.map((pointer) => [pointer.location.id, pointer])),
    };
    if (Object.keys(this.child.child).length < pointers.length) {
      const ids = pointers.map(({ location }) => location.id).join(', ');
      throw new TypeError(`A multi-pointer got the workers ${ids}, allowed is each of them once`);
    }
  }

  /** The shape that all have, else `null`. */
  get shape(): readonly number[] | null {
    const shapes = this.parts.map(({ shape }) => shape);
    return shapes.every((shape) => String(shape) === String(shapes[0]))
      ? (shapes[0] ?? null)
      : null;
  }

  /** The dtype that all have, else `null`. */
  get dtype(): DataType | null {
    const dtypes = this.parts.map(({ dtype }) => dtype);
    return dtypes.every((dtype) => dtype === dtypes[0]) ? (dtypes[0] ?? null) : null;
  }

  /** Brings every tensor here, in sending order, or their sum. */
  get(options: MultiGetOptions & { readonly sumResults: true }): Promise<T>;
  get(options?: MultiGetOptions): Promise<T[]>;
  async get({ sumResults, keep }: MultiGetOptions = {}): Promise<T | T[]> {
    const values = await Promise.all(this.parts.map((pointer) => pointer.get({ keep })));
    return sumResults === true ? (sumOf(this.hook, values) as T) : values;
  }

  /** Waits until every worker has its object. */
  async ready(): Promise<this> {
    await Promise.all(this.parts.map((pointer) => pointer.ready()));
    return this;
  }

  /** Gives every object up. */
  dispose(): void {
    for (const pointer of this.parts) pointer.dispose();
  }

  override toString(): string {
    return printMultiPointer(this);
  }

  toJSON(): object {
    return { pointers: this.parts };
  }
}
