/** Kernels that take whole rows, or a part of the elements of each row. */
import type { GradConfig, Tensor } from '@tensorflow/tfjs';
import { type GradientRules, gradient, gradients, positiveAxis, sizeOf, type Tf } from '../rule.ts';
import { sumAtPlaces, sumRows } from '../sum-at-places.ts';

/**
 * Sums at each row what was gathered from it, in time of the rows gathered; TensorFlow.js takes that
 * times the number of rows, and is wrong for more than one batch dimension.
 */
function gather(tf: Tf): GradConfig {
  return gradient('GatherV2', { inputs: ['x', 'indices'] }, (dy, saved, attrs) => ({
    x: () => {
      const [x, indices] = saved as [Tensor, Tensor];
      const axis = positiveAxis(attrs['axis'], x.rank);
      const batchDims = positiveAxis(attrs['batchDims'] ?? 0, indices.rank);
      const [batches, outer, count, inner] = [
        sizeOf(x.shape.slice(0, batchDims)),
        sizeOf(x.shape.slice(batchDims, axis)),
        x.shape[axis] ?? 1,
        sizeOf(x.shape.slice(axis + 1)),
      ];
      const picked = sizeOf(indices.shape.slice(batchDims));

      const firstOfBatch = tf.mul(tf.range(0, batches, 1, 'int32'), tf.scalar(count, 'int32'));
      const targets = tf.add(
        tf.reshape(indices, [batches, picked]),
        tf.reshape(firstOfBatch, [batches, 1]),
      );
      const byRow = tf.transpose(tf.reshape(dy, [batches, outer, picked, inner]), [0, 2, 1, 3]);
      const rows = tf.reshape(byRow, [batches * picked, outer * inner]);
      const sums = sumRows(tf, { rows, targets, count: batches * count });
      const apart = tf.reshape(sums, [batches, count, outer, inner]);
      return tf.reshape(tf.transpose(apart, [0, 2, 1, 3]), x.shape);
    },
  }));
}

/** Rows of `dy` by number; zeros for numbers that are none of its rows. */
function rowsOrZeros(tf: Tf, dy: Tensor, numbers: Tensor): Tensor {
  const last = Math.max(0, (dy.shape[0] ?? 1) - 1);
  const isRow = tf.logicalAnd(tf.greaterEqual(numbers, 0), tf.lessEqual(numbers, last));
  const rows = tf.gather(dy, tf.where(isRow, numbers, tf.zerosLike(numbers)));
  const mask = tf.reshape(isRow, [...isRow.shape, ...Array<number>(dy.rank - 1).fill(1)]);
  return tf.where(mask, rows, tf.zerosLike(rows));
}

function topK(tf: Tf): GradConfig {
  const saved = { inputs: ['x'], outputs: [false, true] };
  return gradients('TopK', saved, ([dValues], [x, indices]) => ({
    x: () => {
      const { shape } = x as Tensor;
      const [count, k] = [shape.at(-1) ?? 1, (indices as Tensor).shape.at(-1) ?? 1];
      const rows = k === 0 ? 0 : (indices as Tensor).size / k;
      if (rows === 0) return tf.zeros(shape);
      const first = tf.mul(tf.range(0, rows, 1, 'int32'), tf.scalar(count, 'int32'));
      const from = tf.add(tf.reshape(indices as Tensor, [rows, k]), tf.reshape(first, [rows, 1]));
      return sumAtPlaces(tf, tf.reshape(dValues as Tensor, [rows, k]), { from, shape });
    },
  }));
}

/** Rows picked, then added by segment; a mean's rows share the gradient. */
function sparseSegments(tf: Tf, kernelName: string, isMean: boolean): GradConfig {
  const saved = { inputs: ['data', 'indices', 'segmentIds'] };
  return gradient(kernelName, saved, (dy, [data, indices, segmentIds]) => ({
    data: () => {
      const [count, width] = [(data as Tensor).shape[0] ?? 0, sizeOf(dy.shape.slice(1))];
      const segments = dy.shape[0] ?? 0;
      const shares = isMean ? sharesOf(tf, segmentIds as Tensor, segments) : tf.ones([segments, 1]);
      const byRow = tf.gather(
        tf.mul(tf.reshape(dy, [segments, width]), shares),
        segmentIds as Tensor,
      );
      const sums = sumRows(tf, { rows: byRow, targets: indices as Tensor, count });
      return tf.reshape(sums, (data as Tensor).shape);
    },
  }));
}

/** 1 over the number of rows in each segment, `[segments, 1]`. */
function sharesOf(tf: Tf, segmentIds: Tensor, count: number): Tensor {
  const rows = tf.ones([segmentIds.size, 1]);
  const counts = sumRows(tf, { rows, targets: segmentIds, count });
  return tf.div(1, tf.maximum(counts, 1));
}

/** Weights that are counted: each number's place in the histogram has its gradient. */
function histogram(tf: Tf, kernelName: string): GradConfig {
  return gradient(kernelName, { inputs: ['x', 'weights'] }, (dy, [x, weights], attrs) => ({
    weights: () => {
      const { shape } = weights as Tensor;
      // Without weights numbers are counted, and so they are where truth values are asked for.
      if (sizeOf(shape) === 0 || attrs['binaryOutput'] || dy.size === 0) return tf.zeros(shape);
      if (dy.rank === 1) return tf.reshape(rowsOrZeros(tf, dy, x as Tensor), shape);
      const [rows = 1, size = 1] = dy.shape;
      const inRange = tf.less(x as Tensor, size);
      const first = tf.reshape(tf.mul(tf.range(0, rows, 1, 'int32'), tf.scalar(size, 'int32')), [
        rows,
        1,
      ]);
      const spare = tf.fill(shape, -1, 'int32');
      const numbers = tf.where(inRange, tf.add(x as Tensor, first), spare);
      return rowsOrZeros(tf, tf.reshape(dy, [dy.size]), numbers);
    },
  }));
}

/** Values stay in some order, and empty rows get the default. */
function filledRows(tf: Tf): GradConfig {
  const saved = { inputs: ['defaultValue'], outputs: [false, false, false, true] };
  return gradients('SparseFillEmptyRows', saved, ([, dy], [defaults, places]) => {
    const ofValues = () => tf.gather(dy as Tensor, places as Tensor);
    return {
      values: ofValues,
      defaultValue: () =>
        tf.reshape(tf.sub(tf.sum(dy as Tensor), tf.sum(ofValues())), (defaults as Tensor).shape),
    };
  });
}

/** Gradients that TensorFlow.js has wrong, slow, or not at all. */
export const ROWS: GradientRules = (tf) => [
  filledRows(tf),
  gather(tf),
  topK(tf),
  sparseSegments(tf, 'SparseSegmentSum', false),
  sparseSegments(tf, 'SparseSegmentMean', true),
  histogram(tf, 'Bincount'),
  histogram(tf, 'DenseBincount'),
  gradient('UnsortedSegmentSum', { inputs: ['segmentIds'] }, (dy, [segmentIds]) => ({
    x: () => rowsOrZeros(tf, dy, segmentIds as Tensor),
  })),
];
