/**
 * Kernels that only move elements: each result is one element of an input, or a constant. Which one,
 * the kernel itself tells when it runs on the elements' places; the gradient goes the same way back.
 */
import type { GradConfig, NamedAttrMap, Tensor } from '@tensorflow/tfjs';
import { type GradientRules, gradient, runKernel, type Tf } from '../rule.ts';
import { places, sumAtPlaces } from '../sum-at-places.ts';

interface Moving {
  /** Input whose elements move. @default 'x' */
  readonly input?: string;
  /** What the kernel takes beside it. */
  readonly others?: readonly string[];
  /** The attributes that make constants −1, the place of none. @default the kernel's own */
  readonly attrsOf?: (attrs: NamedAttrMap) => object;
}

function moving(tf: Tf, kernelName: string, options: Moving = {}): GradConfig {
  const { input = 'x', others = [], attrsOf = (attrs) => attrs } = options;
  return gradient(kernelName, { inputs: [input, ...others] }, (dy, [x, ...rest], attrs) => ({
    [input]: () => {
      const { shape } = x as Tensor;
      const beside = Object.fromEntries(others.map((name, index) => [name, rest[index] as Tensor]));
      const inputs = { [input]: places(tf, shape), ...beside };
      const from = runKernel(tf, kernelName, { inputs, attrs: attrsOf(attrs) });
      return sumAtPlaces(tf, dy, { from, shape });
    },
  }));
}

/** Elements beside the diagonal are zeros, so that places are counted from 1. */
function diagonal(tf: Tf): GradConfig {
  return gradient('Diag', { inputs: ['x'] }, (dy, [x]) => ({
    x: () => {
      const { shape } = x as Tensor;
      const counted = tf.add(places(tf, shape), tf.scalar(1, 'int32'));
      const diag = runKernel(tf, 'Diag', { inputs: { x: counted } });
      return sumAtPlaces(tf, dy, { from: tf.sub(diag, tf.scalar(1, 'int32')), shape });
    },
  }));
}

/** `dy` where no element was written, elsewhere 0. */
function unwritten(tf: Tf, dy: Tensor, from: Tensor): Tensor {
  return tf.where(tf.less(from, 0), dy, tf.zerosLike(dy));
}

function sparseToDense(tf: Tf): GradConfig {
  const saved = { inputs: ['sparseIndices', 'sparseValues', 'defaultValue'] };
  return gradient('SparseToDense', saved, (dy, [sparseIndices, values, defaults], attrs) => {
    const { shape } = values as Tensor;
    const from = () =>
      runKernel(tf, 'SparseToDense', {
        inputs: {
          sparseIndices: sparseIndices as Tensor,
          sparseValues: places(tf, shape),
          defaultValue: tf.fill((defaults as Tensor).shape, -1, 'int32'),
        },
        attrs,
      });
    return {
      sparseValues: () => sumAtPlaces(tf, dy, { from: from(), shape }),
      defaultValue: () => tf.reshape(tf.sum(unwritten(tf, dy, from())), (defaults as Tensor).shape),
    };
  });
}

function tensorScatterUpdate(tf: Tf): GradConfig {
  const saved = { inputs: ['indices', 'updates'] };
  return gradient('TensorScatterUpdate', saved, (dy, [indices, updates]) => {
    const { shape } = updates as Tensor;
    const from = () =>
      tf.tensorScatterUpdate(tf.fill(dy.shape, -1, 'int32'), indices as Tensor, places(tf, shape));
    return {
      tensor: () => unwritten(tf, dy, from()),
      updates: () => sumAtPlaces(tf, dy, { from: from(), shape }),
    };
  });
}

/** Several images may fill with a color each; −1 in all channels is the place of none. */
const withoutFill = (attrs: NamedAttrMap): object => ({ ...attrs, fillValue: -1 });

/** Gradients that TensorFlow.js lacks, or (`mirrorPad`) has wrong. */
export const MOVING: GradientRules = (tf) => [
  moving(tf, 'DepthToSpace'),
  moving(tf, 'FlipLeftRight', { input: 'image' }),
  moving(tf, 'GatherNd', { input: 'params', others: ['indices'] }),
  moving(tf, 'MirrorPad'),
  moving(tf, 'RotateWithOffset', { input: 'image', attrsOf: withoutFill }),
  moving(tf, 'StridedSlice'),
  diagonal(tf),
  sparseToDense(tf),
  tensorScatterUpdate(tf),
  gradient('ScatterNd', { inputs: ['indices'] }, (dy, [indices]) => ({
    updates: () => tf.gatherND(dy, indices as Tensor),
  })),
];
