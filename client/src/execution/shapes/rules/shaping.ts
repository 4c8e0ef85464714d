/** Kernels that give the same elements another shape, or take some of them. */
import { axesOf, axisOf, inputOf, integerOf, integersOf } from '../arguments.ts';
import { refuse } from '../refuse.ts';
import { elementsOf, type KernelRule } from '../spec.ts';

const reshape: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'x');
  const asked = integersOf(call, 'shape', { min: -1 });
  const made = call.tf.util.inferFromImplicitShape(asked, elementsOf(shape));
  if (elementsOf(made) !== elementsOf(shape)) {
    refuse(
      'argument-invalid',
      `Reshape of [${shape}] got [${made}], which has another number of elements`,
    );
  }
  return { outputs: [{ shape: made, dtype }] };
};

const expandDims: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'input');
  const rank = shape.length;
  const dim = integerOf(call, 'dim', { min: -(rank + 1), max: rank });
  const at = dim < 0 ? dim + rank + 1 : dim;
  return { outputs: [{ shape: [...shape.slice(0, at), 1, ...shape.slice(at)], dtype }] };
};

const transpose: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'x');
  const perm = axesOf(call, 'perm', shape.length);
  if (perm.length !== shape.length) {
    refuse(
      'argument-invalid',
      `Transpose of [${shape}] got ${perm.length} dimensions; name each once`,
    );
  }
  return { outputs: [{ shape: perm.map((axis) => shape[axis] ?? 0), dtype }] };
};

const reverse: KernelRule = (call) => {
  const x = inputOf(call, 'x');
  axesOf(call, 'dims', x.shape.length);
  return { outputs: [x] };
};

const slice: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'x');
  const begin = listOf(call.attrs['begin']);
  const size = listOf(call.attrs['size']);
  if (begin.length > shape.length || size.length > shape.length) {
    refuse('argument-invalid', `Slice of [${shape}] got more numbers than dimensions`);
  }
  const parts = shape.map((available, axis) => {
    const from = begin[axis] ?? 0;
    const length = size[axis] ?? -1;
    return { available, from, length: length === -1 ? available - from : length };
  });
  for (const { available, from, length } of parts) {
    const isWithin = [from, length].every((n) => Number.isSafeInteger(n) && n >= 0);
    if (!isWithin || from + length > available) {
      refuse(
        'argument-invalid',
        `Slice of [${shape}] from [${begin}] of [${size}] is out of bounds`,
      );
    }
  }
  return { outputs: [{ shape: parts.map(({ length }) => length), dtype }] };
};

function listOf(value: unknown): readonly number[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [Number(value)];
}

const stridedSlice: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'x');
  const any = { min: Number.MIN_SAFE_INTEGER };
  const lists = ['begin', 'end', 'strides'].map((name) => integersOf(call, name, any));
  const masks = ['beginMask', 'endMask', 'ellipsisMask', 'newAxisMask', 'shrinkAxisMask'].map(
    (name) => integerOf(call, name, { min: 0, max: 2 ** 31 - 1 }),
  );
  const [begin = [], end = [], strides = []] = lists;
  if (begin.length !== end.length || begin.length !== strides.length || strides.includes(0)) {
    refuse('argument-invalid', 'StridedSlice got lists of different lengths, or a stride of 0');
  }
  const [beginMask = 0, endMask = 0, ellipsisMask = 0, newAxisMask = 0, shrinkAxisMask = 0] = masks;
  const { finalShape } = call.tf.slice_util.sliceInfo(
    [...shape],
    begin,
    end,
    strides,
    beginMask,
    endMask,
    ellipsisMask,
    newAxisMask,
    shrinkAxisMask,
  );
  return { outputs: [{ shape: finalShape, dtype }] };
};

const diag: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'x');
  return { outputs: [{ shape: [...shape, ...shape], dtype }] };
};

const broadcastArgs: KernelRule = (call) => {
  const ranks = ['s0', 's1'].map((name) => inputOf(call, name).shape[0] ?? 0);
  return { outputs: [{ shape: [Math.max(...ranks)], dtype: 'int32' }] };
};

const unpack: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'value');
  const axis = axisOf(call, 'axis', shape.length);
  const part = { shape: shape.filter((_, other) => other !== axis), dtype };
  return { outputs: Array.from({ length: shape[axis] ?? 0 }, () => part) };
};

const split: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'x');
  const axis = axisOf(call, 'axis', shape.length);
  const asked = call.attrs['numOrSizeSplits'];
  const splits = Array.isArray(asked)
    ? integersOf(call, 'numOrSizeSplits', { min: -1 })
    : integerOf(call, 'numOrSizeSplits', { min: 1, max: Math.max(1, shape[axis] ?? 0) });
  const sizes = call.tf.backend_util.prepareSplitSize(
    { shape: [...shape], dtype } as never,
    splits,
    axis,
  );
  if (sizes.some((size) => size < 0)) {
    refuse('argument-invalid', `SplitV of [${shape}] got sizes whose sum is above its dimension`);
  }
  const partShape = (size: number) => shape.map((whole, other) => (other === axis ? size : whole));
  return { outputs: sizes.map((size) => ({ shape: partShape(size), dtype })) };
};

/** Rules by kernel. */
export const SHAPING: Readonly<Record<string, KernelRule>> = {
  BroadcastArgs: broadcastArgs,
  Diag: diag,
  ExpandDims: expandDims,
  Reshape: reshape,
  Reverse: reverse,
  Slice: slice,
  SplitV: split,
  StridedSlice: stridedSlice,
  Transpose: transpose,
  Unpack: unpack,
};
