/**
 * Operations that are asynchronous in tfjs. Here the values are at hand, so they run at once and on the
 * safe backend to their end.
 */
import { checkOutput } from '../shapes/plan-kernel.ts';
import { refuse } from '../shapes/refuse.ts';
import type { OwnOperation, OwnRun } from './own-operation.ts';

const where: OwnOperation = {
  infer: ({ specOf }) => {
    const { dtype } = specOf(0, 'bool');
    if (dtype !== 'bool')
      refuse('dtype-unsupported', `Operation whereAsync got ${dtype}, expected bool`);
    return [{ shape: null, dtype: 'int32' }];
  },
  run: ({ tf, tensorOf }) => {
    const condition = tensorOf(0, 'bool');
    const { shape } = condition;
    const found = truthyIndices(condition.dataSync());
    checkOutput({ kernel: 'whereAsync' }, { shape: [found.length, shape.length], dtype: 'int32' });
    const rows = new Int32Array(found.length * shape.length);
    const strides = tf.util.computeStrides(shape);
    for (const [row, index] of found.entries()) {
      rows.set(tf.util.indexToLoc(index, shape.length, strides), row * shape.length);
    }
    return [tf.tensor2d(rows, [found.length, shape.length], 'int32')];
  },
};

function truthyIndices(values: ArrayLike<number>): Int32Array {
  const indices = new Int32Array(values.length);
  let count = 0;
  for (let index = 0; index < values.length; index += 1) {
    if (values[index]) {
      indices[count] = index;
      count += 1;
    }
  }
  return indices.subarray(0, count);
}

const booleanMask: OwnOperation = {
  infer: (request) => {
    const [{ dtype }] = [request.specOf(0), maskAxis(request)];
    return [{ shape: null, dtype }];
  },
  run: (request) => {
    const { tf, tensorOf } = request;
    const [tensor, mask, axis] = [tensorOf(0), tensorOf(1, 'bool'), maskAxis(request)];
    const { shape } = tensor;
    const merged = [...shape.slice(0, axis), mask.size, ...shape.slice(axis + mask.rank)];
    const indices = tf.tensor1d(truthyIndices(mask.dataSync()), 'int32');
    return [tf.gather(tf.reshape(tensor, merged), indices, axis)];
  },
};

function maskAxis({ specOf, attributes }: Pick<OwnRun, 'specOf' | 'attributes'>): number {
  const [{ shape }, mask] = [specOf(0), specOf(1, 'bool')];
  const axis = Number(attributes['axis'] ?? 0);
  const covered = shape.slice(axis, axis + mask.shape.length);
  const isWithin = Number.isInteger(axis) && axis >= 0 && mask.shape.length > 0;
  if (!isWithin || mask.dtype !== 'bool' || covered.join() !== mask.shape.join()) {
    refuse(
      'argument-invalid',
      `Operation booleanMaskAsync of [${shape}] got a mask of ${mask.dtype} [${mask.shape}] at dimension ${axis}`,
    );
  }
  return axis;
}

const setdiff1d: OwnOperation = {
  infer: ({ specOf }) => {
    const [x, y] = [specOf(0), specOf(1)];
    if (
      x.dtype !== y.dtype ||
      x.shape.length !== 1 ||
      y.shape.length !== 1 ||
      x.dtype === 'complex64'
    ) {
      refuse(
        'argument-invalid',
        `Operation setdiff1dAsync got ${x.dtype} [${x.shape}] and ${y.dtype} [${y.shape}]; give two lists of one dtype`,
      );
    }
    return [
      { shape: null, dtype: x.dtype },
      { shape: null, dtype: 'int32' },
    ];
  },
  run: ({ tf, tensorOf }) => {
    const [x, removed] = [tensorOf(0), tensorOf(1).dataSync().slice().sort()];
    const values = x.dataSync();
    const isKept = values.map((value) => (isAmong(value, removed) ? 0 : 1));
    const kept = truthyIndices(isKept);
    const parts = values.filter((_, index) => isKept[index] !== 0);
    return [tf.tensor1d(parts, x.dtype), tf.tensor1d(kept, 'int32')];
  },
};

/** Whether sorted values hold this one; a set of tens of millions would not fit the memory. */
function isAmong(value: number, sorted: ArrayLike<number>): boolean {
  // Sorting puts what is not a number last.
  if (Number.isNaN(value)) return Number.isNaN(sorted[sorted.length - 1] ?? 0);
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low < sorted.length && sorted[low] === value;
}

const inTopK: OwnOperation = {
  infer: ({ specOf, attributes }) => {
    const [predictions, targets] = [specOf(0), specOf(1)];
    const classes = predictions.shape.at(-1) ?? 0;
    const k = Number(attributes['k'] ?? 1);
    const isMatch = predictions.shape.slice(0, -1).join() === targets.shape.join();
    if (
      predictions.shape.length < 2 ||
      !isMatch ||
      !(Number.isInteger(k) && k > 0 && k <= classes)
    ) {
      refuse(
        'argument-invalid',
        `Operation inTopKAsync got [${predictions.shape}], [${targets.shape}] and k = ${k}; give targets for all but the last dimension`,
      );
    }
    return [{ shape: targets.shape, dtype: 'bool' }];
  },
  run: ({ tf, tensorOf, attributes }) => {
    const [predictions, targets] = [tensorOf(0), tensorOf(1)];
    const [scores, classes] = [predictions.dataSync(), predictions.shape.at(-1) ?? 1];
    const k = Number(attributes['k'] ?? 1);
    const isIn = Array.from(targets.dataSync(), (target, row) => {
      const ofRow = scores.subarray(row * classes, (row + 1) * classes);
      const ranked = Array.from(ofRow.keys()).sort((a, b) => (ofRow[b] ?? 0) - (ofRow[a] ?? 0));
      return ranked.slice(0, k).includes(target);
    });
    return [tf.tensor(isIn, targets.shape, 'bool')];
  },
};

/** Operations by name. */
export const OWN_ASYNC: Readonly<Record<string, OwnOperation>> = {
  booleanMaskAsync: booleanMask,
  inTopKAsync: inTopK,
  setdiff1dAsync: setdiff1d,
  whereAsync: where,
};

/** Operations that have a synchronous twin, which does the same. */
export const SYNCHRONOUS_TWINS: Readonly<Record<string, string>> = {
  'image.nonMaxSuppressionAsync': 'image.nonMaxSuppression',
  'image.nonMaxSuppressionPaddedAsync': 'image.nonMaxSuppressionPadded',
  'image.nonMaxSuppressionWithScoreAsync': 'image.nonMaxSuppressionWithScore',
};
