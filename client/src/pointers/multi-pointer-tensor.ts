import type { DataType, Tensor } from '@tensorflow/tfjs';
import { assertOptionNames } from '../protocol/option-names.ts';
import { guard } from './habits/guard.ts';
import { lookLikeTensors } from './habits/look-like-tensors.ts';
import { MULTI_POINTER } from './habits/tensor-guards.ts';
import type { Disposable } from './lifetime.ts';
import { PointerMisuseError } from './misuse.ts';
import { drawObjectId } from './object-id.ts';
import type { GetOptions, PointerTensor } from './pointer-tensor.ts';
import { printMultiPointer } from './print.ts';
import type { RemoteWorker } from './remote-worker.ts';
import { sumOf } from './sum-results.ts';
import { GONE, takeAway } from './take-away.ts';
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
  /** The multi-pointer's own id: 128 bits, base64url. */
  readonly id: string = drawObjectId();
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
    checkDistinct(pointers.map(({ location }) => location));
    this.parts = Object.freeze([...pointers]);
    this.child = Object.freeze({
      child: Object.freeze(
        Object.fromEntries(pointers.map((pointer) => [pointer.location.id, pointer])),
      ),
    });
    Object.freeze(this);
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

  /**
   * Brings every tensor here, in sending order, or their sum. The workers' copies are deleted once
   * all are here, so one worker that can't be reached loses nothing at the others; neither does a
   * sum of tensors that don't fit together.
   */
  get(options: MultiGetOptions & { readonly sumResults: true }): Promise<T>;
  get(options?: MultiGetOptions): Promise<T[]>;
  async get(options: MultiGetOptions = {}): Promise<T | T[]> {
    assertOptionNames('get', options, { sumResults: true, keep: true });
    const { sumResults = false, keep = false } = options;
    const read = async () => {
      const values = await this.#readAll();
      return sumResults ? (sumOf(this.hook, values) as T) : values;
    };
    if (keep) return await read();
    const take = async () => {
      const result = await read();
      for (const pointer of this.parts) pointer.giveAway(GONE.fetched);
      return result;
    };
    return await this.parts.reduce(
      (inner, pointer) => () => takeAway(pointer, 'get', inner),
      take,
    )();
  }

  /** Gives every object further tags. */
  tag(...tags: readonly string[]): this {
    for (const pointer of this.parts) pointer.tag(...tags);
    return this;
  }

  /** Gives every object a description. */
  describe(description: string): this {
    for (const pointer of this.parts) pointer.describe(description);
    return this;
  }

  /** Waits until every worker has its object. */
  async ready(): Promise<this> {
    await Promise.all(this.parts.map((pointer) => pointer.ready()));
    return this;
  }

  /** {@link PointerTensor.allow} at every worker. */
  async allow(...users: readonly string[]): Promise<this> {
    await Promise.all(this.parts.map((pointer) => pointer.allow(...users)));
    return this;
  }

  /** {@link PointerTensor.release} at every worker. */
  async release(): Promise<this> {
    await Promise.all(this.parts.map((pointer) => pointer.release()));
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

  async #readAll(): Promise<T[]> {
    const outcomes = await Promise.allSettled(
      this.parts.map((pointer) => pointer.get({ keep: true })),
    );
    const values = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? [outcome.value] : [],
    );
    const fault = outcomes.find((outcome) => outcome.status === 'rejected');
    if (fault === undefined) return values;
    for (const value of values) (value as { dispose(): void }).dispose();
    throw fault.reason;
  }
}

/** @throws TypeError when two of the workers are the same. */
export function checkDistinct(workers: readonly RemoteWorker[]): void {
  const ids = workers.map(({ id }) => id);
  if (new Set(ids).size === ids.length) return;
  throw new PointerMisuseError(
    `Duplicate worker in multi-pointer: got ${ids.join(', ')}, expected each once; leave one out`,
  );
}

lookLikeTensors(MultiPointerTensor);
guard(MultiPointerTensor, MULTI_POINTER);
