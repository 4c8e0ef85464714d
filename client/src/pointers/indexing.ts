import { describeValue } from '../protocol/json-fault.ts';
import { PointerMisuseError } from './misuse.ts';
import { isBranch } from './structure.ts';
import type { TensorHandle } from './tensor-handle.ts';

/** Indices of a list that a message repeats. */
const SHOWN_INDICES_MAX = 8;

const OTHER_INDICES = 'gather() takes indices that are tensors, hook.tf.stridedSlice steps';

/** A part of a dimension, as `slice(start, end)` of an array takes it. */
export interface IndexRange {
  /** First element; negative counts from the end. @default the first of the dimension */
  readonly start?: number | undefined;
  /** The element after the last; negative counts from the end. @default the end of the dimension */
  readonly end?: number | undefined;
}

const RANGE: readonly string[] = ['start', 'end'] satisfies (keyof IndexRange)[];

/**
 * One dimension of an index: an element, a range, or all of it (`null`). Negative numbers count from
 * the end. A list is refused: it could be a range or, as in Python, some of the elements.
 */
export type Index = number | IndexRange | null;

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

/** True for a tensor that is known to have no dimensions. */
export function isScalar(handle: TensorHandle<unknown>): boolean {
  try {
    return handle.shape?.length === 0;
  } catch {
    // A stand-in of a plan refuses to tell a form that is not known.
    return false;
  }
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
  const { start = 0, end = size } = checkedRange(index, axis);
  const begin = placeOf(start, { max: size, axis, size });
  const after = placeOf(end, { max: size, axis, size });
  return { begin, length: Math.max(0, after - begin), isElement: false };
}

function checkedRange(index: unknown, axis: number): IndexRange {
  if (Array.isArray(index) || ArrayBuffer.isView(index)) throw ambiguous(index, axis);
  const isObject = typeof index === 'object' && index !== null && isBranch(index);
  const stray = isObject ? Object.keys(index).find((key) => !RANGE.includes(key)) : undefined;
  if (isObject && stray === undefined) return index;
  const isTensor = typeof index === 'object' && index !== null && 'dtype' in index;
  const shown = isTensor ? 'a tensor' : describeValue(index);
  const member =
    isTensor || stray === undefined ? '' : ` with ${JSON.stringify(stray.slice(0, 64))}`;
  throw new PointerMisuseError(
    `at() got ${shown}${member} for dimension ${axis}, expected an integer, { start, end } or null; ${OTHER_INDICES}`,
  );
}

/** A list of two is a range to some and two elements to others. */
function ambiguous(list: object, axis: number): PointerMisuseError {
  const numbers = Array.from(list as ArrayLike<unknown>).slice(0, SHOWN_INDICES_MAX);
  const shown = numbers.map(String).join(', ');
  const [start, end] = numbers;
  const range =
    numbers.length === 2 ? ` For a range write at({ start: ${start}, end: ${end} }).` : '';
  return new PointerMisuseError(
    `at() got the list [${shown}] for dimension ${axis}, expected an integer, { start, end } or null. For these elements write gather([${shown}], ${axis}).${range}`,
  );
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
