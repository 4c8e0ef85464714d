/** Kernels that take dimensions together, or run along one. */
import type { GradConfig, Tensor } from '@tensorflow/tfjs';
import { type GradientRules, gradient, positiveAxis, sizeOf, type Tf } from '../rule.ts';

function axesOf(tf: Tf, axis: unknown, shape: readonly number[]): number[] {
  return tf.util.parseAxisParam(axis as number[], [...shape]);
}

/** Largest or smallest elements; equal ones share the gradient. */
function extreme(tf: Tf, kernelName: string, axisName: string): GradConfig {
  const saved = { inputs: ['x'], outputs: [true] };
  return gradient(kernelName, saved, (dy, [x, y], attrs) => ({
    x: () => {
      const { shape } = x as Tensor;
      const axes = axesOf(tf, attrs[axisName], shape);
      const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      const isExtreme = tf.cast(tf.equal(x as Tensor, tf.reshape(y as Tensor, kept)), 'float32');
      const shares = tf.div(isExtreme, tf.sum(isExtreme, axes, true));
      return tf.mul(tf.reshape(dy, kept), shares);
    },
  }));
}

/** The product of all others, from products of those before and those after. */
function product(tf: Tf): GradConfig {
  return gradient('Prod', { inputs: ['x'] }, (dy, [x], { axis }) => ({
    x: () => {
      const { shape, rank, size } = x as Tensor;
      if (size === 0) return tf.zeros(shape);
      const axes = axesOf(tf, axis, shape);
      const others = shape.map((_, index) => index).filter((index) => !axes.includes(index));
      const order = [...others, ...axes];
      const rows = sizeOf(others.map((index) => shape[index] ?? 1));

      const matrix = tf.reshape(tf.transpose(x as Tensor, order), [rows, -1]);
      const before = tf.cumprod(matrix, 1, true, false);
      const after = tf.cumprod(matrix, 1, true, true);
      const dMatrix = tf.mul(tf.reshape(dy, [rows, 1]), tf.mul(before, after));

      const dOrdered = tf.reshape(
        dMatrix,
        order.map((index) => shape[index] ?? 1),
      );
      return rank < 2 ? dOrdered : tf.transpose(dOrdered, inverse(order));
    },
  }));
}

function inverse(order: readonly number[]): number[] {
  return order.map((_, index) => order.indexOf(index));
}

/** TensorFlow.js turns the gradient on its side for every axis but the last. */
function cumulatedSum(tf: Tf): GradConfig {
  return gradient('Cumsum', {}, (dy, _saved, { axis, exclusive, reverse }) => ({
    x: () => tf.cumsum(dy, positiveAxis(axis, dy.rank), Boolean(exclusive), !reverse),
  }));
}

/**
 * Every element is a factor of the results that come with or after it: for each, the products without
 * it are made, so that zeros need no division. Takes n² elements for a dimension of n.
 */
function cumulatedProduct(tf: Tf): GradConfig {
  return gradient('Cumprod', { inputs: ['x'] }, (dy, [x], attrs) => ({
    x: () => {
      const { shape, rank, size } = x as Tensor;
      if (size === 0) return tf.zeros(shape);
      const axis = positiveAxis(attrs['axis'], rank);
      const count = shape[axis] ?? 1;
      const last = rank - 1;
      const swap = shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
      const toRows = (tensor: Tensor) => tf.reshape(tf.transpose(tensor, swap), [-1, 1, count]);

      const identity = tf.eye(count);
      const withoutEach = tf.add(tf.mul(toRows(x as Tensor), tf.sub(1, identity)), identity);
      const { exclusive, reverse } = attrs;
      const products = tf.cumprod(withoutEach, 2, Boolean(exclusive), Boolean(reverse));
      const isFactor = factorMask(tf, count, { exclusive, reverse });

      const terms = tf.mul(tf.mul(products, isFactor), toRows(dy));
      const swapped = tf.reshape(
        tf.sum(terms, 2),
        swap.map((i) => shape[i] ?? 1),
      );
      return tf.transpose(swapped, swap);
    },
  }));
}

/** 1 where the element of the row is a factor of the result of the column. */
function factorMask(
  tf: Tf,
  count: number,
  { exclusive, reverse }: { readonly exclusive: unknown; readonly reverse: unknown },
): Tensor {
  const places = tf.range(0, count, 1, 'int32');
  const [element, result] = [tf.reshape(places, [count, 1]), tf.reshape(places, [1, count])];
  const [earlier, later] = reverse ? [result, element] : [element, result];
  const mask = exclusive ? tf.less(earlier, later) : tf.lessEqual(earlier, later);
  return tf.cast(mask, 'float32');
}

/** Gradients that TensorFlow.js has wrong, or lacks. */
export const REDUCTIONS: GradientRules = (tf) => [
  extreme(tf, 'Max', 'reductionIndices'),
  extreme(tf, 'Min', 'axis'),
  product(tf),
  cumulatedSum(tf),
  cumulatedProduct(tf),
];
