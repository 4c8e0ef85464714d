import { PointerMisuseError } from './misuse.ts';
import type { TensorHandle } from './tensor-handle.ts';

/** One dimension of an index: an element (from the end if negative), a range `[begin, end)`, or all of it. */
export type Index = number | readonly [begin: number, end: number] | null;

/**
 * The part of a tensor that an index names: an element drops its dimension, a range keeps it.
 *
 * @throws PointerMisuseError when an index is not within its dimension.
 */
export function partOf<Self>(handle: TensorHandle<Self>, indices: readonly Index[]): Self {
  const shape = knownShape(handle);
  if (indices.length > shape.length) {
    throw new PointerMisuseError(
      `${indices.length} indices, but the tensor has ${shape.length} dimensions; leave out ${indices.length - shape.length}`,
    );
  }
  const ranges = shape.map((size, axis) => rangeOf(indices[axis] ?? null, { size, axis }));
  const kept = ranges.flatMap(({ length, isElement }) => (isElement ? [] : [length]));
  // What is sliced out on the way to an element is given up at once.
  return handle.hook.tidy(() => {
    const sliced = handle.slice(
      ranges.map(({ begin }) => begin),
      ranges.map(({ length }) => length),
    );
    return kept.length === shape.length
      ? sliced
      : (sliced as unknown as TensorHandle<Self>).reshape(kept);
  });
}

/** The tensors along the first dimension, each a new handle. */
export function rowsOf<Self>(handle: TensorHandle<Self>): Self[] {
  const [rows] = knownShape(handle);
  if (rows === undefined) {
    throw new PointerMisuseError('A scalar has no rows to go through; use the pointer itself');
  }
  return rows === 0 ? [] : handle.unstack(0);
}

function knownShape({ shape }: TensorHandle<unknown>): readonly number[] {
  if (shape !== null) return shape;
  throw new PointerMisuseError(
    'The shape depends on values at the worker and is not known yet; await ready() first',
  );
}

interface Range {
  readonly begin: number;
  readonly length: number;
  readonly isElement: boolean;
}

function rangeOf(index: Index, { size, axis }: { size: number; axis: number }): Range {
  if (index === null) return { begin: 0, length: size, isElement: false };
  if (typeof index === 'number') {
    const begin = index < 0 ? index + size : index;
    checkBound(begin, { max: size - 1, axis, size });
    return { begin, length: 1, isElement: true };
  }
  const [begin, end] = index;
  checkBound(begin, { max: size, axis, size });
  checkBound(end, { max: size, axis, size });
  return { begin, length: Math.max(0, end - begin), isElement: false };
}

function checkBound(
  bound: number,
  { max, axis, size }: { max: number; axis: number; size: number },
): void {
  if (Number.isInteger(bound) && bound >= 0 && bound <= max) return;
  throw new PointerMisuseError(
    `Index ${bound} of dimension ${axis}, which has ${size} elements; use an integer from ${-size} to ${max}`,
  );
}
