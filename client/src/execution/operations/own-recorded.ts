/**
 * Operations that tfjs differentiates by functions of their own, which are wrong (the labels of
 * `softmaxCrossEntropy`), incomplete, or forget in gradients of gradients what a result depends on.
 * While gradients are recorded they are made of operations that are right.
 */
import type { NamedAttrMap, Tensor, Tensor4D } from '@tensorflow/tfjs';
import { checkBound } from '../shapes/held-numbers.ts';
import type { Tf } from '../shapes/spec.ts';
import { callOperation } from './call-operation.ts';
import type { OwnOperation, OwnRun } from './own-operation.ts';
import { ofNumbers } from './own-truths.ts';
import { operationOf } from './request.ts';

/** Scale and offset that were left out; tfjs has no gradient without them. */
const batchNorm: OwnOperation = {
  recorded: ({ tf, op, attributes, tensorOf, tensorNamed }) => {
    const mean = tensorOf(1);
    const offset = tensorNamed('offset') ?? tf.zeros(mean.shape);
    const scale = tensorNamed('scale') ?? tf.ones(mean.shape);
    const args = [tensorOf(0), mean, tensorOf(2), offset, scale];
    return callOperation(tf, operationOf(op), { op, args, attributes });
  },
};

/** tfjs fills a tensor where the bounds are equal, past the gradient: 1 at the bound and 0 elsewhere. */
const clipByValue: OwnOperation = {
  check: ({ op, attributes, specOf }) => {
    const { dtype } = specOf(0);
    for (const side of ['min', 'max'] as const) {
      const name = side === 'min' ? 'clipValueMin' : 'clipValueMax';
      checkBound({ kernel: `Operation ${op}` }, { side, name, value: attributes[name], dtype });
    }
  },
  recorded: ({ tf, attributes, tensorOf }) => {
    const [clipValueMin, clipValueMax] = [attributes['clipValueMin'], attributes['clipValueMax']];
    const attrs = { clipValueMin, clipValueMax } as NamedAttrMap;
    return [tf.engine().runKernel<Tensor>('ClipByValue', { x: tensorOf(0) }, attrs)];
  },
};

/** 0 where divided by 0, and so is the gradient. */
const divNoNan: OwnOperation = {
  recorded: ({ tf, tensorOf }) => {
    const [a, b] = [tensorOf(0), tensorOf(1)];
    if (a.dtype !== 'float32' && b.dtype !== 'float32') return [tf.divNoNan(a, b)];
    const isZero = tf.equal(b, 0);
    const quotient = tf.div(a, tf.where(isZero, tf.onesLike(b), b));
    return [tf.where(isZero, tf.zerosLike(quotient), quotient)];
  },
};

const logSoftmax: OwnOperation = {
  ...ofNumbers,
  recorded: ({ tf, tensorOf }) => {
    const logits = tf.cast(tensorOf(0), 'float32');
    const shifted = tf.sub(logits, tf.max(logits, -1, true));
    return [tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)))];
  },
};

const softmaxCrossEntropy: OwnOperation = {
  ...ofNumbers,
  recorded: ({ tf, attributes, tensorOf, tensorNamed }) => {
    const logits = tf.cast(tensorOf(1), 'float32');
    const smoothing = Number(attributes['labelSmoothing'] ?? 0);
    const given = tf.cast(tensorOf(0), 'float32');
    const classes = given.shape[1] ?? 1;
    const labels =
      smoothing > 0 ? tf.add(tf.mul(given, 1 - smoothing), smoothing / classes) : given;

    const logs = tf.sub(logits, tf.logSumExp(logits, [logits.rank - 1], true));
    const losses = tf.sum(tf.neg(tf.mul(logs, labels)), [logits.rank - 1]);
    const reduction = attributes['reduction'] ?? undefined;
    return [tf.losses.computeWeightedLoss(losses, tensorNamed('weights'), reduction as undefined)];
  },
};

/**
 * max(x, 0) − x · label + log(1 + exp(−|x|)), which is smooth at a logit of 0; there tfjs's own slopes
 * of the maximum and of |x| fit together, and those of {@link ../../gradients} do not.
 */
const sigmoidCrossEntropy: OwnOperation = {
  ...ofNumbers,
  recorded: ({ tf, attributes, tensorOf, tensorNamed }) => {
    const given = tf.cast(tensorOf(0), 'float32');
    const logits = tf.cast(tensorOf(1), 'float32');
    const smoothing = Number(attributes['labelSmoothing'] ?? 0);
    const labels = smoothing > 0 ? tf.add(tf.mul(given, 1 - smoothing), smoothing / 2) : given;

    // One condition for both, so that 0 belongs to the same side of each.
    const isPositive = tf.greaterEqual(logits, 0);
    const positive = tf.where(isPositive, logits, tf.zerosLike(logits));
    const belowZero = tf.where(isPositive, tf.neg(logits), logits);
    const losses = tf.add(tf.sub(positive, tf.mul(logits, labels)), tf.log1p(tf.exp(belowZero)));
    const reduction = attributes['reduction'] ?? undefined;
    return [tf.losses.computeWeightedLoss(losses, tensorNamed('weights'), reduction as undefined)];
  },
};

/** √Σx²; 0 has the gradient 0, where that of the root is infinite. */
const norm: OwnOperation = {
  recorded: (request) => {
    const { tf, op, attributes, tensorOf } = request;
    const x = tensorOf(0);
    const order = op === 'euclideanNorm' ? 2 : (attributes['ord'] ?? 2);
    const isRoot = order === 2 || order === 'euclidean' || order === 'fro';
    if (!isRoot || x.rank === 0 || x.dtype !== 'float32') {
      return callOperation(tf, operationOf(op), { op, args: [x], attributes });
    }
    const axis = (attributes['axis'] ?? undefined) as number[] | undefined;
    const sum = tf.sum(tf.square(x), axis, attributes['keepDims'] === true);
    const isPositive = tf.greater(sum, 0);
    const roots = tf.sqrt(tf.where(isPositive, sum, tf.onesLike(sum)));
    return [tf.where(isPositive, roots, sum)];
  },
};

type Activation = (tf: Tf, x: Tensor, request: OwnRun) => Tensor;

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  linear: (_tf, x) => x,
  relu: (tf, x) => tf.relu(x),
  relu6: (tf, x) => tf.relu6(x),
  elu: (tf, x) => tf.elu(x),
  sigmoid: (tf, x) => tf.sigmoid(x),
  leakyrelu: (tf, x, { attributes }) =>
    tf.leakyRelu(x, Number(attributes['leakyreluAlpha'] ?? 0.2)),
  prelu: (tf, x, { tensorNamed }) =>
    tf.prelu(x, tensorNamed('preluActivationWeights') ?? tf.zeros([])),
};

/** A product or convolution, then the bias, then the activation, each by itself. */
const unfused = (compute: (request: OwnRun) => Tensor): OwnOperation => ({
  recorded: (request) => {
    const { tf, attributes, tensorNamed } = request;
    const product = compute(request);
    const bias = tensorNamed('bias');
    const sum = bias === undefined ? product : tf.add(product, bias);
    const activation = ACTIVATIONS[String(attributes['activation'] ?? 'linear')];
    return [activation === undefined ? sum : activation(tf, sum, request)];
  },
});

const convolution = (operation: 'conv2d' | 'depthwiseConv2d'): OwnOperation =>
  unfused(({ tf, attributes, tensorOf }) => {
    const { strides, pad, dataFormat, dilations, dimRoundingMode } = attributes;
    return tf[operation](
      tensorOf(0) as Tensor4D,
      tensorOf(1) as Tensor4D,
      strides as number,
      pad as 'same',
      (dataFormat ?? undefined) as 'NHWC',
      (dilations ?? undefined) as number,
      (dimRoundingMode ?? undefined) as 'floor',
    );
  });

/** Operations by name. */
export const OWN_RECORDED: Readonly<Record<string, OwnOperation>> = {
  batchNorm,
  batchNorm2d: batchNorm,
  batchNorm3d: batchNorm,
  batchNorm4d: batchNorm,
  clipByValue,
  divNoNan,
  euclideanNorm: norm,
  'fused.conv2d': convolution('conv2d'),
  'fused.depthwiseConv2d': convolution('depthwiseConv2d'),
  'fused.matMul': unfused(({ tf, attributes, tensorOf }) =>
    tf.matMul(
      tensorOf(0),
      tensorOf(1),
      attributes['transposeA'] === true,
      attributes['transposeB'] === true,
    ),
  ),
  logSoftmax,
  'losses.sigmoidCrossEntropy': sigmoidCrossEntropy,
  'losses.softmaxCrossEntropy': softmaxCrossEntropy,
  norm,
};
