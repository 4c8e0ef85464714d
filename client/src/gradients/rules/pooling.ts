/**
 * Pools. TensorFlow.js divides gradients of averages by the whole window also where a part of it is
 * padding, and forgets how sizes were rounded.
 */
import type { GradConfig, NamedAttrMap, Tensor } from '@tensorflow/tfjs';
import { type GradientRules, gradient, gradients, runKernel, type Tf } from '../rule.ts';
import { paddingShares, poolAttrs, poolAxes2D, poolAxes3D } from '../windows.ts';

/** `dy`, larger where windows have fewer elements than TensorFlow.js will divide by. */
function shared(tf: Tf, dy: Tensor, shares: Tensor | undefined): Tensor {
  return shares === undefined ? dy : tf.mul(dy, shares);
}

const average2D = (tf: Tf): GradConfig =>
  gradient('AvgPool', { inputs: ['x'] }, (dy, [input], attrs) => ({
    x: () => {
      const { shape } = input as Tensor;
      const shares = paddingShares(tf, poolAxes2D(tf, shape, attrs));
      return runKernel(tf, 'AvgPoolGrad', {
        inputs: { dy: shared(tf, dy, shares), input: input as Tensor },
        attrs: poolAttrs(tf, shape, attrs),
      });
    },
  }));

const average3D = (tf: Tf): GradConfig =>
  gradient('AvgPool3D', { inputs: ['x'] }, (dy, [input], attrs) => ({
    x: () => {
      const shares = paddingShares(tf, poolAxes3D(tf, (input as Tensor).shape, attrs));
      const { filterSize, strides, pad, dimRoundingMode } = attrs;
      return runKernel(tf, 'AvgPool3DGrad', {
        inputs: { dy: shared(tf, dy, shares), input: input as Tensor },
        attrs: { filterSize, strides, pad, dimRoundingMode },
      });
    },
  }));

function maximumGradient(
  tf: Tf,
  { dy, input, output }: { readonly dy: Tensor; readonly input: Tensor; readonly output: Tensor },
  attrs: NamedAttrMap,
): Tensor {
  return runKernel(tf, 'MaxPoolGrad', {
    inputs: { dy, input, output },
    attrs: poolAttrs(tf, input.shape, attrs),
  });
}

/** The gradient of an average's gradient is an average again. */
const average2DTwice = (tf: Tf): GradConfig =>
  gradient('AvgPoolGrad', { inputs: ['input'] }, (ddx, [input], attrs) => ({
    dy: () => {
      const shares = paddingShares(tf, poolAxes2D(tf, ddx.shape, attrs));
      const averages = runKernel(tf, 'AvgPool', { inputs: { x: ddx }, attrs });
      return shares === undefined ? averages : tf.div(averages, shares);
    },
    input: () => tf.zerosLike(input as Tensor),
  }));

/** That of a maximum's gradient takes what lies where the maxima do. */
const maximum2DTwice = (tf: Tf): GradConfig =>
  gradient('MaxPoolGrad', { inputs: ['input', 'output'] }, (ddx, [input, output], attrs) => ({
    dy: () => {
      const { filterSize, strides, pad } = attrs;
      const [, from] = tf
        .engine()
        .runKernel<Tensor[]>('MaxPoolWithArgmax', { x: input as Tensor }, {
          filterSize,
          strides,
          pad,
          includeBatchInIndex: true,
        } as NamedAttrMap);
      return tf.gather(tf.reshape(ddx, [ddx.size]), from as Tensor);
    },
    input: () => tf.zerosLike(input as Tensor),
    output: () => tf.zerosLike(output as Tensor),
  }));

/** Gradients of pools; the first of equal maxima gets all of the gradient. */
export const POOLING: GradientRules = (tf) => [
  average2D(tf),
  average3D(tf),
  gradient('MaxPool', { inputs: ['x'], outputs: [true] }, (dy, saved, attrs) => {
    const [input, output] = saved as [Tensor, Tensor];
    return { x: () => maximumGradient(tf, { dy, input, output }, attrs) };
  }),
  gradients(
    'MaxPoolWithArgmax',
    { inputs: ['x'], outputs: [true, false] },
    ([dy], saved, attrs) => {
      const [input, output] = saved as [Tensor, Tensor];
      return { x: () => maximumGradient(tf, { dy: dy as Tensor, input, output }, attrs) };
    },
  ),
  average2DTwice(tf),
  maximum2DTwice(tf),
];
