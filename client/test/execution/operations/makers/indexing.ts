import * as tf from '@tensorflow/tfjs';
import type { Maker, Makers, RandomInputs } from './random-inputs.ts';

/** Rows of indices into the first dimensions of a shape. */
function rowsInto(r: RandomInputs, count: number, shape: readonly number[]): tf.Tensor {
  const rows = Array.from({ length: count }, () => shape.map((size) => r.int(0, size - 1)));
  return tf.tensor(rows.flat(), [count, shape.length], 'int32');
}

const counting: Maker = (r) => {
  const size = r.int(1, 9);
  const isWeighted = r.bool();
  return [r.ints([size], 0, 6), r.floats([isWeighted ? size : 0]), r.int(0, 8)];
};

const searching: Maker = (r) => {
  const rows = r.int(1, 3);
  const sorted = tf.tensor2d(
    Array.from({ length: rows }, () => [-3, 0, 0, 2, 5]),
    [rows, 5],
  );
  return [sorted, r.between(-4, 6, [rows, r.int(1, 4)])];
};

function scattered(r: RandomInputs) {
  const shape = r.filledShape(1, 3);
  const depth = r.int(1, shape.length);
  const count = r.int(0, 4);
  return {
    shape,
    indices: rowsInto(r, count, shape.slice(0, depth)),
    updates: r.floats([count, ...shape.slice(depth)]),
  };
}

function segments(r: RandomInputs): unknown[] {
  const [rows, count] = [r.int(1, 4), r.int(1, 5)];
  const ids = Array.from({ length: count }, () => r.int(0, 4)).sort((a, b) => a - b);
  return [r.floats([rows, r.int(1, 3)]), r.ints([count], 0, rows - 1), tf.tensor1d(ids, 'int32')];
}

export const INDEXING_MAKERS: Makers = {
  bincount: counting,
  booleanMaskAsync: (r) => {
    const shape = r.filledShape(1, 3);
    const axis = r.int(0, shape.length - 1);
    const covered = shape.slice(axis, axis + r.int(1, shape.length - axis));
    return [r.tensor(shape), r.bools(covered), axis];
  },
  broadcastArgs: (r) => {
    const shape = r.filledShape(1, 4);
    return [tf.tensor1d(shape, 'int32'), tf.tensor1d(r.fitting(shape), 'int32')];
  },
  denseBincount: (r) => {
    if (r.bool()) return [...counting(r), r.maybe(r.bool())];
    const shape = [r.int(1, 3), r.int(1, 4)];
    return [r.ints(shape, 0, 6), r.floats(r.bool() ? shape : [0]), r.int(1, 8), r.maybe(r.bool())];
  },
  gather: (r) => {
    const shape = r.filledShape(1, 3);
    const axis = r.int(0, shape.length - 1);
    const indices = r.ints(r.shape(1, 2), 0, (shape[axis] ?? 1) - 1);
    return [r.tensor(shape), indices, r.pick([axis, axis - shape.length])];
  },
  gatherND: (r) => {
    const shape = r.filledShape(1, 3);
    return [r.tensor(shape), rowsInto(r, r.int(0, 4), shape.slice(0, r.int(1, shape.length)))];
  },
  inTopKAsync: (r) => {
    const [rows, classes] = [r.int(1, 4), r.int(2, 5)];
    return [
      r.between(0, 1, [rows, classes]),
      r.ints([rows], 0, classes),
      r.maybe(r.int(1, classes)),
    ];
  },
  lowerBound: searching,
  'math.confusionMatrix': (r) => {
    const count = r.int(1, 6);
    return [r.ints([count], 0, 3), r.ints([count], 0, 3), 4];
  },
  oneHot: (r) => [
    r.ints(r.shape(0, 3), -1, 5),
    r.int(1, 5),
    r.maybe(2),
    r.maybe(-1),
    r.pick(['int32', 'float32', undefined]),
  ],
  scatterND: (r) => {
    const { indices, updates, shape } = scattered(r);
    return [indices, updates, shape];
  },
  searchSorted: (r) => [...searching(r), r.pick(['left', 'right', undefined])],
  setdiff1dAsync: (r) => {
    const dtype = r.pick(['ints', 'between'] as const);
    const list = () => (dtype === 'ints' ? r.ints(r.shape(1, 1), 0, 4) : r.between(0, 1, [3]));
    return [list(), list()];
  },
  sparseToDense: (r) => {
    const shape = r.filledShape(1, 3);
    const rows = new Map(
      Array.from({ length: 3 }, () => shape.map((size) => r.int(0, size - 1))).map((row) => [
        row.join(),
        row,
      ]),
    );
    const indices = tf.tensor([...rows.values()].flat(), [rows.size, shape.length], 'int32');
    return [indices, r.floats([rows.size]), shape, r.maybe(r.between(0, 1, []))];
  },
  'sparse.sparseFillEmptyRows': (r) => {
    const [rows, columns] = [r.int(1, 5), r.int(1, 4)];
    const indices = rowsInto(r, r.int(1, 4), [rows, columns]);
    return [indices, r.floats([indices.shape[0] ?? 0]), tf.tensor1d([rows, columns], 'int32'), 7];
  },
  'sparse.sparseReshape': (r) => [
    rowsInto(r, r.int(0, 4), [2, 3, 4]),
    tf.tensor1d([2, 3, 4], 'int32'),
    tf.tensor1d(r.pick([[6, 4], [4, -1], [24]]), 'int32'),
  ],
  'sparse.sparseSegmentMean': segments,
  'sparse.sparseSegmentSum': segments,
  tensorScatterUpdate: (r) => {
    const { indices, updates, shape } = scattered(r);
    return [r.floats(shape), indices, updates];
  },
  topk: (r) => {
    const shape = r.filledShape(1, 3);
    return [r.tensor(shape), r.int(0, shape.at(-1) ?? 0), r.maybe(r.bool())];
  },
  unique: (r) => {
    const shape = r.filledShape(1, 3);
    return [r.ints(shape, 0, 2), r.int(0, shape.length - 1)];
  },
  unsortedSegmentSum: (r) => {
    const shape = r.filledShape(1, 3);
    const x = r.bool() ? r.floats(shape) : r.ints(shape);
    return [x, r.ints([shape[0] ?? 0], -1, 4), r.int(1, 4)];
  },
  upperBound: searching,
  whereAsync: (r) => [r.bools(r.shape(1, 3))],
};
