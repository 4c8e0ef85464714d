/** Products, indexing, and what only moves elements. */
import * as tf from '@tensorflow/tfjs';
import type { SmoothMaker, SmoothMakers } from './makers.ts';
import type { SmoothInputs } from './smooth-inputs.ts';

const EQUATIONS: readonly [string, number[], number[]?][] = [
  ['ij,jk->ik', [2, 3], [3, 4]],
  ['ij,kj->ik', [2, 3], [4, 3]],
  ['ij->ji', [2, 3]],
  ['bij,bjk->bik', [2, 3, 4], [2, 4, 2]],
  ['i,i->', [4], [4]],
  ['ij->', [3, 2]],
  ['ij->j', [3, 2]],
  ['i,j->ij', [3], [2]],
  ['ijk,k->ij', [2, 2, 3], [3]],
  ['ijk,kl->jl', [2, 2, 3], [3, 2]],
  ['ij,kl->i', [2, 3], [2, 2]],
];

function matrices(r: SmoothInputs): { a: tf.Tensor; b: tf.Tensor; turns: [boolean, boolean] } {
  const [rows, inner, columns] = [r.int(1, 4), r.int(1, 4), r.int(1, 4)];
  const [batchA, batchB] = r.pick<[number[], number[]]>([
    [[], []],
    [[2], [2]],
    [[2], [1]],
    [[1], [3]],
    [
      [2, 3],
      [2, 3],
    ],
    [
      [2, 1],
      [1, 3],
    ],
    [[], [2]],
    [[2, 3], [3]],
  ]);
  const turns: [boolean, boolean] = [r.bool(), r.bool()];
  return {
    a: r.floats([...batchA, ...(turns[0] ? [inner, rows] : [rows, inner])]),
    b: r.floats([...batchB, ...(turns[1] ? [columns, inner] : [inner, columns])]),
    turns,
  };
}

function resizing(r: SmoothInputs): unknown[] {
  const [alignCorners, halfPixelCenters] = r.pick([
    [false, false],
    [true, false],
    [false, true],
    [undefined, undefined],
  ]);
  const images = r.floats([r.int(1, 2), r.int(2, 4), r.int(2, 4), r.int(1, 2)]);
  return [images, [r.int(1, 6), r.int(1, 6)], alignCorners, halfPixelCenters];
}

/** Far from parallel, where the smallest change would turn the last of them. */
const vectors = (r: SmoothInputs, count: number) =>
  Array.from({ length: count }, (_, index) =>
    tf.tidy(() =>
      tf.add(r.between(-0.5, 0.5, [4]), tf.eye(4).slice([index, 0], [1, 4]).flatten().mul(2)),
    ),
  );

/** At least one element of each dimension. */
const slicing =
  (rank: number): SmoothMaker =>
  (r) => {
    const shape = r.filledShape(rank, rank);
    const begin = shape.map((size) => r.int(0, size - 1));
    const size = shape.map((length, axis) => r.int(1, length - (begin[axis] ?? 0)));
    return rank === 1
      ? [r.floats(shape), begin[0], size[0]]
      : [r.floats(shape), begin, size.map((length) => (r.bool() ? -1 : length))];
  };

function strided(r: SmoothInputs): unknown[] {
  const shape = r.filledShape(1, 3).map((size) => size + 2);
  const isBackward = shape.map(() => r.fraction() < 0.3);
  const begin = shape.map((size, axis) =>
    isBackward[axis] ? r.pick([-1, size - 1]) : r.int(0, 1),
  );
  const end = shape.map((size, axis) => (isBackward[axis] ? r.int(0, 1) : size - r.int(0, 1)));
  const strides = isBackward.map((isTurned) => (isTurned ? r.pick([-1, -2]) : r.pick([1, 2])));
  return [r.floats(shape), begin, end, strides];
}

const rowsInto = (r: SmoothInputs, count: number, shape: readonly number[]) =>
  tf.tensor(
    Array.from({ length: count }, () => shape.map((size) => r.int(0, size - 1))).flat(),
    [count, shape.length],
    'int32',
  );

export const PRODUCT_AND_SHAPE_MAKERS: SmoothMakers = {
  bincount: (r) => {
    const size = r.int(1, 6);
    return [r.ints([size], 0, 6), r.floats([size]), r.int(1, 8)];
  },
  denseBincount: (r) => {
    const shape = r.bool() ? [r.int(1, 6)] : [r.int(1, 3), r.int(1, 4)];
    return [r.ints(shape, 0, 6), r.floats(shape), r.int(1, 8), r.pick([undefined, false])];
  },
  booleanMaskAsync: (r) => {
    const shape = r.filledShape(1, 3);
    const axis = r.int(0, shape.length - 1);
    const covered = shape.slice(axis, axis + r.int(1, shape.length - axis));
    return [r.floats(shape), tf.ones(covered, 'bool'), axis];
  },
  einsum: (r) => {
    const [equation, ...shapes] = r.pick(EQUATIONS);
    return [equation, ...shapes.map((shape) => r.floats(shape as number[]))];
  },
  gather: (r) => {
    const shape = r.filledShape(1, 4);
    const axis = r.int(0, shape.length - 1);
    const batchDims = r.int(0, axis);
    const picked = Array.from({ length: r.int(batchDims === 0 ? 0 : 1, 2) }, () => r.int(1, 3));
    const indices = r.ints([...shape.slice(0, batchDims), ...picked], 0, (shape[axis] ?? 1) - 1);
    return [r.floats(shape), indices, r.pick([axis, axis - shape.length]), batchDims];
  },
  'image.resizeBilinear': resizing,
  'image.resizeNearestNeighbor': resizing,
  'image.rgbToGrayscale': (r) => [r.floats([r.int(1, 2), 2, 3, 3])],
  'linalg.gramSchmidt': (r) => [vectors(r, r.int(1, 3))],
  'fused.matMul': (r) => {
    const { a, b, turns } = matrices(r);
    const columns = b.shape.at(turns[1] ? -2 : -1) ?? 1;
    const activation = r.pick([
      'linear',
      'relu',
      'elu',
      'sigmoid',
      'leakyrelu',
      'prelu',
      undefined,
    ]);
    return [
      {
        a,
        b,
        transposeA: turns[0],
        transposeB: turns[1],
        bias: r.maybe(r.floats([columns])),
        activation,
        preluActivationWeights: activation === 'prelu' ? r.floats([columns]) : undefined,
        leakyreluAlpha: activation === 'leakyrelu' ? 0.3 : undefined,
      },
    ];
  },
  matMul: (r) => {
    const { a, b, turns } = matrices(r);
    return [a, b, ...turns];
  },
  gatherND: (r) => {
    const shape = r.filledShape(1, 3);
    return [r.floats(shape), rowsInto(r, r.int(1, 4), shape.slice(0, r.int(1, shape.length)))];
  },
  slice: (r) => slicing(r.int(2, 4))(r),
  slice1d: slicing(1),
  slice2d: slicing(2),
  slice3d: slicing(3),
  slice4d: slicing(4),
  stridedSlice: strided,
  topk: (r) => {
    const shape = r.filledShape(1, 3);
    // So far apart that steps by whole numbers keep their order.
    return [r.between(-20, 20, shape), r.int(1, shape.at(-1) ?? 1), r.maybe(r.bool())];
  },
  split: (r) => {
    const shape = [r.int(1, 2) * 2, r.int(1, 3)];
    return r.pick([
      () => [r.floats(shape), 2, 0],
      () => [r.floats(shape), 1, -1],
      () => [r.floats(shape), [1, -1], r.pick([0, -2])],
    ])();
  },
  tile: (r) => {
    const shape = r.filledShape(1, 5);
    return [r.floats(shape), shape.map(() => r.int(1, 2))];
  },
  unsortedSegmentSum: (r) => {
    const shape = r.filledShape(1, 3);
    return [r.floats(shape), r.ints([shape[0] ?? 0], -1, 4), r.int(1, 4)];
  },
};
