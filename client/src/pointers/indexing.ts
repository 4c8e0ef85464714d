import { PointerMisuseError } from './misuse.ts';
import type { TensorHandle } from './tensor-handle.ts';

/**
 * One dimension of an index: an element, a range `[begin, end)`, or all of it. Negative numbers count
 * from the end.
 */
export type Index = number | readonly [begin: number, end: number] | null;

/**
 * The part of a tensor that an index names: an element drops its dimension, a range keeps it.
 *
 * @throws PointerMisuseError when an index is not within its dimension, or no index.
 */
export function partOf<Self>(handle: TensorHandle<Self>, indices: readonly Index[]): Self {
  const shape = knownShape(handle);
  if (indices.length > shape.length) {
    throw new PointerMisuseError(
      `${indices.length} indices, but the tensor has ${shape.length} dimensions; leave out ${indices.length - shape.length}`,
    );
  }
  // TensorFlow.js slices no scalar.
  if (shape.length === 0) return handle.copy();
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
    'The shape depends on values at the worker and is not known yet; await ready() first, or give hook.plan its inputs',
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
    const begin = placeOf(index, { max: size - 1, axis, size });
    return { begin, length: 1, isElement: true };
  }
  if (!Array.isArray(index) || index.length !== 2) {
    throw new PointerMisuseError(
      `at() got ${typeof index} for dimension ${axis}, allowed are integers, [begin, end] and null; gather() takes indices that are tensors`,
    );
  }
  const [begin, end] = index.map((bound) => placeOf(bound, { max: size, axis, size })) as [
    number,
    number,
  ];
  return { begin, length: Math.max(0, end - begin), isElement: false };
}

/** A place from the beginning. */
function placeOf(
  index: number,
  { max, axis, size }: { max: number; axis: number; size: number },
): number {
  if (Number.isInteger(index) && index >= -size && index <= max) {
    return index < 0 ? index + size : index;
  }
  const allowed = max < 0 ? 'it has no elements' : `use an integer from ${-size} to ${max}`;
  throw new PointerMisuseError(
    `Index ${String(index)} of dimension ${axis}, which has ${size} elements; ${allowed}`,
  );
}
