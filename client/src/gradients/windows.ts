/** Geometry of sliding windows, from the attributes of convolutions and pools. */
import type { backend_util, NamedAttrMap, Tensor } from '@tensorflow/tfjs';
import type { Tf } from './rule.ts';

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];
type Pad2D = Parameters<typeof backend_util.computePool2DInfo>[4];

/** One spatial axis of a pool. */
export interface WindowAxis {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly filterSize: number;
  readonly stride: number;
  readonly padBefore: number;
}

/** Pairs of what is added before and after each dimension. */
type Pairs = [number, number][];

/**
 * Padding in numbers such that windows come out as they did in the forward pass, whichever way sizes
 * were rounded there; `same` and `valid` need no numbers.
 */
function pairsOf(axes: readonly WindowAxis[], isChannelsFirst = false): Pairs {
  const pairs = axes.map(({ inputSize, outputSize, filterSize, stride, padBefore }) => {
    const covered = (outputSize - 1) * stride + filterSize;
    // Below 0 where fewer windows were laid than there is room for.
    return [padBefore, covered - inputSize - padBefore] as [number, number];
  });
  return isChannelsFirst ? [[0, 0], [0, 0], ...pairs] : [[0, 0], ...pairs, [0, 0]];
}

function isNamed(pad: unknown): boolean {
  return pad === 'same' || pad === 'valid';
}

function axes2D(info: backend_util.Conv2DInfo): WindowAxis[] {
  return [
    {
      inputSize: info.inHeight,
      outputSize: info.outHeight,
      filterSize: info.effectiveFilterHeight,
      stride: info.strideHeight,
      padBefore: info.padInfo.top,
    },
    {
      inputSize: info.inWidth,
      outputSize: info.outWidth,
      filterSize: info.effectiveFilterWidth,
      stride: info.strideWidth,
      padBefore: info.padInfo.left,
    },
  ];
}

/** Axes of `avgPool` and `maxPool`, NHWC. */
export function poolAxes2D(tf: Tf, x: readonly number[], attrs: NamedAttrMap): WindowAxis[] {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  return axes2D(
    tf.backend_util.computePool2DInfo(
      [...x] as Shape4,
      filterSize as number,
      strides as number,
      1,
      pad as Pad2D,
      dimRoundingMode as 'floor',
    ),
  );
}

/** Axes of `avgPool3d`, NDHWC. */
export function poolAxes3D(tf: Tf, x: readonly number[], attrs: NamedAttrMap): WindowAxis[] {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  const info = tf.backend_util.computePool3DInfo(
    [...x] as Shape5,
    filterSize as number,
    strides as number,
    1,
    pad as number,
    dimRoundingMode as 'floor',
  );
  const depth = {
    inputSize: info.inDepth,
    outputSize: info.outDepth,
    filterSize: info.effectiveFilterDepth,
    stride: info.strideDepth,
    padBefore: info.padInfo.front,
  };
  return [depth, ...axes2D(info as unknown as backend_util.Conv2DInfo)];
}

/** The attributes of a pool's gradient, with the padding as the forward pass had it. */
export function poolAttrs(
  tf: Tf,
  x: readonly number[],
  attrs: NamedAttrMap,
): { readonly filterSize: unknown; readonly strides: unknown; readonly pad: unknown } {
  const { filterSize, strides, pad } = attrs;
  const named = { filterSize, strides, pad };
  return isNamed(pad) ? named : { ...named, pad: pairsOf(poolAxes2D(tf, x, attrs)) };
}

/** The padding of a 2-D convolution as the forward pass had it. */
export function convPadding(
  tf: Tf,
  {
    x,
    filter,
    isDepthwise,
  }: { x: readonly number[]; filter: readonly number[]; isDepthwise: boolean },
  attrs: NamedAttrMap,
): unknown {
  const { strides, dilations, pad, dimRoundingMode, dataFormat } = attrs;
  if (isNamed(pad)) return pad;
  const format = tf.backend_util.convertConv2DDataFormat((dataFormat ?? 'NHWC') as 'NHWC');
  const info = tf.backend_util.computeConv2DInfo(
    [...x] as Shape4,
    [...filter] as Shape4,
    strides as number,
    (dilations ?? 1) as number,
    pad as Pad2D,
    dimRoundingMode as 'floor',
    isDepthwise,
    format,
  );
  return pairsOf(axes2D(info), format === 'channelsFirst');
}

/**
 * 1 over the number of elements that each window has within the input, padding not counted.
 *
 * @returns a tensor that broadcasts with the output.
 */
export function elementShares(tf: Tf, axes: readonly WindowAxis[]): Tensor {
  const shares = axes.map(({ inputSize, outputSize, filterSize, stride, padBefore }) =>
    Array.from({ length: outputSize }, (_, index) => {
      const begin = index * stride - padBefore;
      const count = Math.min(begin + filterSize, inputSize) - Math.max(begin, 0);
      return count > 0 ? 1 / count : 0;
    }),
  );
  const products = shares.reduce<readonly number[]>(
    (all, ofAxis) => all.flatMap((left) => ofAxis.map((right) => left * right)),
    [1],
  );
  return tf.tensor(Float32Array.from(products), [1, ...shares.map(({ length }) => length), 1]);
}
