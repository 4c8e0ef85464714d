import type { Maker, Makers, RandomInputs } from './random-inputs.ts';

const reversing =
  (rank: number, takesAxis = true): Maker =>
  (r) => [r.tensor(r.shape(rank, rank)), ...(takesAxis ? [r.axes(rank)] : [])];

const joining =
  (rank: number, takesAxis = true): Maker =>
  (r) => {
    const axis = r.int(0, rank - 1);
    const shape = r.filledShape(rank, rank);
    const parts = Array.from({ length: r.int(1, 3) }, () =>
      r.floats(shape.map((size, other) => (other === axis ? r.int(0, 3) : size))),
    );
    return takesAxis ? [parts, axis] : [parts];
  };

const slicing =
  (rank: number): Maker =>
  (r) => {
    const shape = r.shape(rank, rank);
    const begin = shape.map((size) => r.int(0, size));
    const size = shape.map((length, axis) =>
      r.bool() ? -1 : r.int(0, length - (begin[axis] ?? 0)),
    );
    // tfjs's slice1d takes numbers.
    return rank === 1
      ? [r.tensor(shape), begin[0], Math.max(0, size[0] ?? 0)]
      : [r.tensor(shape), begin, size];
  };

const padding =
  (rank: number, isPair = false): Maker =>
  (r) => {
    const pairs = Array.from({ length: rank }, () => [r.int(0, 2), r.int(0, 2)]);
    const x = r.tensor(r.shape(rank, rank));
    const constant = x.dtype === 'bool' ? r.int(0, 1) : r.int(-2, 2);
    return [x, isPair ? pairs[0] : pairs, r.maybe(constant)];
  };

function strided(r: RandomInputs): unknown[] {
  const shape = r.filledShape(1, 3);
  const begin = shape.map((size) => r.int(-size, size - 1));
  const end = shape.map((size) => r.int(-size, size));
  const strides = shape.map(() => r.pick([1, 1, 2, -1]));
  return [
    r.tensor(shape),
    begin,
    end,
    strides,
    ...[0, 0].map(() => r.int(0, 3)),
    0,
    0,
    r.pick([0, 0, 1]),
  ];
}

export const SHAPING_MAKERS: Makers = {
  batchToSpaceND: (r) => {
    const [rows, columns] = [r.int(1, 2), r.int(1, 3)];
    const shape = [rows * columns * r.int(1, 2), r.int(2, 3), r.int(2, 3), r.int(1, 2)];
    return [
      r.floats(shape),
      [rows, columns],
      [
        [0, r.int(0, 1)],
        [r.int(0, 1), 0],
      ],
    ];
  },
  broadcastTo: (r) => {
    const shape = r.filledShape(1, 3);
    return [r.tensor(r.fitting(shape)), shape];
  },
  concat: (r) => joining(r.int(1, 4))(r),
  concat1d: joining(1, false),
  concat2d: joining(2),
  concat3d: joining(3),
  concat4d: joining(4),
  depthToSpace: (r) => {
    const block = r.int(2, 3);
    return [r.floats([r.int(1, 2), 2, 3, block ** 2 * r.int(1, 2)]), block, r.maybe('NHWC')];
  },
  diag: (r) => [r.tensor(r.filledShape(1, 3))],
  expandDims: (r) => {
    const shape = r.shape();
    return [r.tensor(shape), r.int(-(shape.length + 1), shape.length)];
  },
  meshgrid: (r) => {
    const [x, y] = [r.floats(r.shape(1, 1)), r.floats(r.shape(1, 1))];
    return r.bool() ? [x, y, { indexing: r.pick(['xy', 'ij']) }] : [x];
  },
  mirrorPad: (r) => {
    const shape = r.filledShape(1, 3).map((size) => size + 1);
    const pairs = shape.map((size) => [r.int(0, size - 1), r.int(0, size - 1)]);
    return [r.floats(shape), pairs, r.pick(['reflect', 'symmetric'])];
  },
  pad: (r) => padding(r.int(1, 4))(r),
  pad1d: padding(1, true),
  pad2d: padding(2),
  pad3d: padding(3),
  pad4d: padding(4),
  reshape: (r) => {
    const shape = r.filledShape();
    const size = shape.reduce((product, length) => product * length, 1);
    return [r.tensor(shape), r.pick([[size], [-1], [1, size], shape.slice().reverse()])];
  },
  reverse: (r) => {
    const shape = r.shape();
    return [r.tensor(shape), r.axes(shape.length)];
  },
  reverse1d: reversing(1, false),
  reverse2d: reversing(2),
  reverse3d: reversing(3),
  reverse4d: reversing(4),
  slice: (r) => slicing(r.int(2, 4))(r),
  slice1d: slicing(1),
  slice2d: slicing(2),
  slice3d: slicing(3),
  slice4d: slicing(4),
  spaceToBatchND: (r) => {
    const blocks = [r.int(1, 2), r.int(1, 2)];
    const [rows = 1, columns = 1] = blocks;
    const shape = [r.int(1, 2), rows * 3 - 1, columns * 2, r.int(1, 2)];
    return [
      r.floats(shape),
      blocks,
      [
        [1, 0],
        [0, columns * r.int(0, 1)],
      ],
    ];
  },
  split: (r) => {
    const shape = [r.int(1, 3) * 2, r.int(1, 3)];
    return r.bool() ? [r.tensor(shape), 2, 0] : [r.tensor(shape), [1, -1], r.pick([0, -2])];
  },
  squeeze: (r) => [r.tensor([1, ...r.shape(0, 3), 1]), r.pick([undefined, [0]])],
  stack: (r) => {
    const shape = r.shape(0, 3);
    const dtype = r.pick(['floats', 'ints', 'bools'] as const);
    const tensors = Array.from({ length: r.int(1, 3) }, () => r[dtype](shape));
    return [tensors, r.int(0, shape.length)];
  },
  stridedSlice: strided,
  tile: (r) => {
    const shape = r.shape(1, 3);
    return [r.tensor(shape), shape.map(() => r.int(0, 3))];
  },
  transpose: (r) => {
    const shape = r.shape();
    return [r.tensor(shape), r.maybe(r.permutation(shape.length))];
  },
  unstack: (r) => {
    const shape = r.filledShape(1);
    return [r.tensor(shape), r.axis(shape.length)];
  },
};
