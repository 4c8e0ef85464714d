/**
 * Pools. TensorFlow.js divides gradients of averages by the whole window also where a part of it is
 * padding, forgets how sizes were rounded, and mixes up the maxima of windows that are no cubes.
 */
import type { GradConfig, NamedAttrMap, Tensor } from '@tensorflow/tfjs';
import { type GradientRules, gradient, gradients, runKernel, type Tf } from '../rule.ts';
import { places, sumAtPlaces } from '../sum-at-places.ts';
import { elementShares, poolAttrs, poolAxes2D, poolAxes3D, type WindowAxis } from '../windows.ts';

/** `dy` over the number of elements that each average is of. */
function shared(tf: Tf, dy: Tensor, axes: readonly WindowAxis[]): Tensor {
  return tf.mul(dy, elementShares(tf, axes));
}

/** A sum over windows is a convolution with ones, channel by channel. */
const average2D = (tf: Tf): GradConfig =>
  gradient('AvgPool', { inputs: ['x'] }, (dy, [input], attrs) => ({
    x: () => {
      const { shape } = input as Tensor;
      const axes = poolAxes2D(tf, shape, attrs);
      const [height, width] = axes.map(({ filterSize }) => filterSize);
      const { strides, pad } = poolAttrs(tf, shape, attrs);
      return runKernel(tf, 'DepthwiseConv2dNativeBackpropInput', {
        inputs: {
          dy: shared(tf, dy, axes),
          filter: tf.ones([height ?? 1, width ?? 1, shape[3] ?? 1, 1]),
        },
        attrs: { strides, pad, dilations: [1, 1], inputShape: shape },
      });
    },
  }));

/** As in two dimensions; channels go to the batch, and the window lies on the input with its padding. */
const average3D = (tf: Tf): GradConfig =>
  gradient('AvgPool3D', { inputs: ['x'] }, (dy, [input], attrs) => ({
    x: () => {
      const { shape } = input as Tensor;
      const axes = poolAxes3D(tf, shape, attrs);
      const covered = axes.map(
        ({ outputSize, stride, filterSize }) => (outputSize - 1) * stride + filterSize,
      );
      const [batch = 1, channels = 1] = [shape[0], shape[4]];

      const byChannel = tf.transpose(shared(tf, dy, axes), [0, 4, 1, 2, 3]);
      const sums = runKernel(tf, 'Conv3DBackpropInputV2', {
        inputs: {
          dy: tf.reshape(byChannel, [batch * channels, ...dy.shape.slice(1, 4), 1]),
          filter: tf.ones([...axes.map(({ filterSize }) => filterSize), 1, 1]),
        },
        attrs: {
          strides: axes.map(({ stride }) => stride),
          pad: 'valid',
          inputShape: [batch * channels, ...covered, 1],
        },
      });
      const within = withoutPadding(tf, tf.reshape(sums, [batch * channels, ...covered]), axes);
      const apart = tf.reshape(within, [batch, channels, ...shape.slice(1, 4)]);
      return tf.transpose(apart, [0, 2, 3, 4, 1]);
    },
  }));

/** Cuts padding off, and adds zeros where no window reached; the first dimension is left as it is. */
function withoutPadding(tf: Tf, x: Tensor, axes: readonly WindowAxis[]): Tensor {
  const pads = axes.map(({ inputSize, padBefore }, index): [number, number] => {
    const reach = (x.shape[index + 1] ?? 0) - padBefore;
    // Windows wider apart than they are long may begin behind the first element.
    return [Math.max(0, -padBefore), Math.max(0, inputSize - reach)];
  });
  return tf.slice(
    tf.pad(x, [[0, 0], ...pads]),
    [0, ...axes.map(({ padBefore }) => Math.max(0, padBefore))],
    [-1, ...axes.map(({ inputSize }) => inputSize)],
  );
}

/** The first of a window's maxima gets all of its gradient; that of the cpu backend mixes places up. */
const maximum3D = (tf: Tf): GradConfig =>
  gradient('MaxPool3D', { inputs: ['x'] }, (dy, [x], attrs) => ({
    x: () => {
      const { shape } = x as Tensor;
      const from = placesOfMaxima(tf, x as Tensor, poolAxes3D(tf, shape, attrs));
      return sumAtPlaces(tf, dy, { from, shape });
    },
  }));

function placesOfMaxima(tf: Tf, x: Tensor, axes: readonly WindowAxis[]): Tensor {
  const pads = axes.map(({ inputSize, outputSize, stride, filterSize, padBefore }) => {
    const reach = (outputSize - 1) * stride + filterSize;
    return [Math.max(0, padBefore), Math.max(0, reach - inputSize - padBefore)] as [number, number];
  });
  const starts = axes.map(({ padBefore }) => Math.max(0, -padBefore));
  const all: [number, number][] = [[0, 0], ...pads, [0, 0]];
  const values = tf.pad(x, all, Number.NEGATIVE_INFINITY);
  const numbers = tf.pad(places(tf, x.shape), all, -1);
  const [batch = 1, channels = 1] = [x.shape[0], x.shape.at(-1)];

  const under = (tensor: Tensor, tap: readonly number[]) => {
    const begins = tap.map((offset, axis) => offset + (starts[axis] ?? 0));
    const ends = axes.map(
      ({ outputSize, stride }, axis) => (begins[axis] ?? 0) + (outputSize - 1) * stride + 1,
    );
    return tf.stridedSlice(
      tensor,
      [0, ...begins, 0],
      [batch, ...ends, channels],
      [1, ...axes.map(({ stride }) => stride), 1],
    );
  };
  const [first = [], ...others] = tapsOf(axes);
  let [best, from] = [under(values, first), under(numbers, first)];
  for (const tap of others) {
    const value = under(values, tap);
    const isLarger = tf.greater(value, best);
    from = tf.where(isLarger, under(numbers, tap), from);
    best = tf.where(isLarger, value, best);
  }
  return from;
}

/** Every place within the window, in row-major order. */
function tapsOf(axes: readonly WindowAxis[]): number[][] {
  return axes.reduce<number[][]>(
    (taps, { filterSize }) =>
      taps.flatMap((tap) => Array.from({ length: filterSize }, (_, index) => [...tap, index])),
    [[]],
  );
}

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

/** The gradient of a maximum's gradient takes what lies where the maxima do. */
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
  maximum3D(tf),
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
  maximum2DTwice(tf),
];
