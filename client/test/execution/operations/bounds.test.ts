import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { inferOperation } from '../../../src/execution/operations/infer-operation.ts';
import { runOperation } from '../../../src/execution/operations/run-operation.ts';
import type { TensorSpec } from '../../../src/execution/shapes/spec.ts';

beforeAll(() => tf.setBackend('cpu'));

const float = (...shape: number[]): TensorSpec => ({ shape, dtype: 'float32' });
const int = (...shape: number[]): TensorSpec => ({ shape, dtype: 'int32' });

type Row = readonly [op: string, args: readonly unknown[], attributes: Record<string, unknown>];

const TOO_LARGE: readonly Row[] = [
  ['tile', [float(1)], { reps: [1e9] }],
  ['fill', [], { shape: [1e5, 1e5], value: 0 }],
  ['zeros', [], { shape: [2 ** 26] }],
  ['ones', [], { shape: [2 ** 13, 2 ** 13] }],
  ['randomNormal', [], { shape: [1e12], seed: 1 }],
  ['truncatedNormal', [], { shape: [1e12], seed: 1 }],
  ['randomGamma', [], { shape: [1e12], alpha: 1, seed: 1 }],
  ['range', [], { start: 0, stop: 1e12 }],
  ['linspace', [], { start: 0, stop: 1, num: 1e12 }],
  ['eye', [], { numRows: 1e6 }],
  ['eye', [], { numRows: 2, batchShape: [1e9] }],
  ['oneHot', [int(2)], { depth: 1e9 }],
  ['pad', [float(2)], { paddings: [[1e9, 0]] }],
  ['broadcastTo', [float(1)], { shape: [1e9] }],
  ['outerProduct', [float(2 ** 20), float(2 ** 20)], {}],
  ['add', [float(2 ** 20, 1), float(1, 2 ** 20)], {}],
  ['diag', [float(2 ** 20)], {}],
  ['image.resizeBilinear', [float(1, 1, 1, 1)], { size: [1e6, 1e6] }],
  ['image.cropAndResize', [float(1, 1, 1, 1), float(1, 4), int(1)], { cropSize: [1e6, 1e6] }],
  ['signal.hannWindow', [], { windowLength: 1e12 }],
  [
    'conv2dTranspose',
    [float(1, 1, 1, 1), float(1, 1, 1, 1)],
    { outputShape: [1, 2 ** 20, 2 ** 20, 1], strides: 2 ** 20, pad: 'same' },
  ],
  ['unsortedSegmentSum', [float(2 ** 12), int(2 ** 12)], { numSegments: 2 ** 20 }],
  ['dropout', [float(1)], { rate: 0.5, noiseShape: [1e9], seed: 1 }],
  ['expandDims', [float(1, 1, 1, 1, 1, 1)], {}],
  ['unstack', [float(2_000)], {}],
  ['linalg.qr', [float(2 ** 15, 1)], {}],
  ['unique', [float(2 ** 24)], {}],
  ['topk', [float(2 ** 24)], {}],
  ['image.nonMaxSuppression', [float(2 ** 24, 4), float(2 ** 24)], { maxOutputSize: 1 }],
  ['rfft', [float(8)], { fftLength: 2 ** 31 }],
  ['signal.stft', [float(2 ** 20)], { frameLength: 4, frameStep: 1, fftLength: 2 ** 10 }],
  ['signal.frame', [float(2)], { frameLength: 2 ** 31, frameStep: 1 }],
];

const TOO_MUCH_WORK: readonly Row[] = [
  ['matMul', [float(2 ** 12, 2 ** 12), float(2 ** 12, 2 ** 12)], {}],
  ['conv2d', [float(1, 512, 512, 64), float(31, 31, 64, 64)], { strides: 1, pad: 'same' }],
  ['signal.frame', [float(2 ** 20)], { frameLength: 1, frameStep: 1 }],
  ['fft', [{ shape: [2 ** 20 + 1], dtype: 'complex64' }], {}],
  ['fft', [{ shape: [2 ** 21], dtype: 'complex64' }], {}],
  ['ifft', [{ shape: [2 ** 21, 1], dtype: 'complex64' }], {}],
  ['dilation2d', [float(1, 2 ** 12, 2 ** 12, 1), float(7, 7, 1)], { strides: 1, pad: 'same' }],
  ['maxPoolWithArgmax', [float(1, 4096, 4096, 1)], { filterSize: 9, strides: 1, pad: 'same' }],
  [
    'image.nonMaxSuppression',
    [float(2 ** 15, 4), float(2 ** 15)],
    { maxOutputSize: 2 ** 15, iouThreshold: 1 },
  ],
];

describe('bounds', () => {
  it.each(TOO_LARGE)('%s refuses to make too large a tensor', (op, args, attributes) => {
    const request = { op, args, attributes } as never;
    expect(() => inferOperation(tf, request)).toThrow(
      expect.objectContaining({ code: 'tensor-too-large' }),
    );
  });

  it.each(TOO_MUCH_WORK)('%s refuses to work too long', (op, args, attributes) => {
    const request = { op, args, attributes } as never;
    expect(() => inferOperation(tf, request)).toThrow(
      expect.objectContaining({ code: 'work-too-large' }),
    );
  });

  it.each<readonly [string, Record<string, unknown>]>([
    ['truncatedNormal', { shape: [1], mean: Number.NaN, seed: 1 }],
    ['truncatedNormal', { shape: [1], stdDev: -1, seed: 1 }],
    ['randomGamma', { shape: [1], alpha: Number.NaN, seed: 1 }],
    ['randomGamma', { shape: [1], alpha: -1, seed: 1 }],
    ['randomGamma', { shape: [1], alpha: 1, beta: 0, seed: 1 }],
    ['range', { start: 0, stop: 1, step: 0 }],
    ['range', { start: 0, stop: Number.NaN }],
    ['zeros', { shape: [-1] }],
    ['zeros', { shape: [1.5] }],
    ['eye', { numRows: -1 }],
  ])('%s refuses %o, which it would not end with or make sense of', (op, attributes) => {
    expect(() => runOperation(tf, { op, args: [], attributes })).toThrow(
      expect.objectContaining({ code: 'argument-invalid' }),
    );
  });

  it('refuses frames that never move on', () => {
    const x = tf.ones([8]);
    const attributes = { frameLength: 2, frameStep: 0 };
    expect(() => runOperation(tf, { op: 'signal.frame', args: [x], attributes })).toThrow(
      expect.objectContaining({ code: 'argument-invalid' }),
    );
  });

  it('takes a tensor of the largest size, without making it', () => {
    expect(inferOperation(tf, { op: 'zeros', args: [], attributes: { shape: [2 ** 25] } })).toEqual(
      [float(2 ** 25)],
    );
  });
});
