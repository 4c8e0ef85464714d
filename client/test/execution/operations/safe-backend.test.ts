import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { HeavyKernel } from '../../../src/execution/operations/acceleration.ts';
import { runOperation } from '../../../src/execution/operations/run-operation.ts';
import { accelerateWith } from '../../../src/execution/operations/safe-backend.ts';

beforeAll(() => tf.setBackend('cpu'));
afterEach(() => accelerateWith(tf, undefined));

function one(op: string, args: unknown[], attributes = {}): tf.Tensor {
  const [result] = runOperation(tf, { op, args: args as never, attributes });
  if (result === undefined) throw new Error('No result');
  return result;
}

describe('results that are the same, stored in between or not', () => {
  it('whole numbers where the cpu backend keeps fractions of int32', () => {
    const cut = one('cast', [tf.tensor1d([1.5, -1.5])], { dtype: 'int32' });
    expect([...cut.dataSync()]).toEqual([1, -1]);
    expect([...one('mul', [cut, tf.scalar(2, 'int32')]).dataSync()]).toEqual([2, -2]);
  });

  it('float32 where the cpu backend keeps large integers', () => {
    const cast = one('cast', [tf.tensor1d([2 ** 24 + 1], 'int32')], { dtype: 'float32' });
    expect(cast.dataSync()).toEqual(new Float32Array([2 ** 24]));
  });

  it('complex numbers from another backend keep both parts', () => {
    const tensor = tf.complex(tf.tensor1d([1, 3]), tf.tensor1d([2, -4]));
    expect(one('imag', [tensor]).dataSync()).toEqual(new Float32Array([2, -4]));
    expect(one('square', [one('real', [tensor])]).dataSync()).toEqual(new Float32Array([1, 9]));
  });
});

describe('acceleration', () => {
  const a = tf.ones([64, 64]);

  it('gets heavy kernels of finite float32 tensors, and what it makes is the result', () => {
    const accelerate = vi.fn((call: HeavyKernel) => [
      new Float32Array(call.outputShapes[0]?.reduce((x, y) => x * y, 1) ?? 0).fill(5),
    ]);
    accelerateWith(tf, accelerate);
    const product = one('matMul', [a, a]);
    expect(accelerate).toHaveBeenCalledWith(
      expect.objectContaining({ kernel: 'BatchMatMul', outputShapes: [[64, 64]] }),
    );
    expect(product.shape).toEqual([64, 64]);
    expect(new Set(product.dataSync())).toEqual(new Set([5]));
  });

  it('leaves what it cannot compute to the cpu backend', () => {
    accelerateWith(tf, () => undefined);
    expect(new Set(one('matMul', [a, a]).dataSync())).toEqual(new Set([64]));
  });

  const image = tf.ones([1, 32, 32, 8]);
  const filter = tf.ones([3, 3, 8, 8]);
  const three = tf.ones([3, 64, 64]);
  const ordinary = { strides: 1, pad: 'same' };

  it.each<readonly [string, string, readonly (tf.Tensor | null)[], Record<string, unknown>]>([
    ['small', 'matMul', [tf.ones([2, 2]), tf.ones([2, 2])], {}],
    ['int32', 'matMul', [tf.ones([64, 64], 'int32'), tf.ones([64, 64], 'int32')], {}],
    ['not finite', 'matMul', [a, tf.fill([64, 64], Number.NaN)], {}],
    ['too large for sums in float32', 'matMul', [a, tf.fill([64, 64], 2 ** 49)], {}],
    ['padded by numbers', 'conv2d', [image, filter], { ...ordinary, pad: 1 }],
    ['of strides beyond the filter', 'conv2d', [image, filter], { ...ordinary, strides: [1, 4] }],
    [
      'of channels first',
      'conv2d',
      [tf.ones([1, 8, 32, 32]), filter],
      { ...ordinary, dataFormat: 'NCHW' },
    ],
    ['several products to finish', 'fused.matMul', [three, three], { activation: 'relu' }],
    ['a bias of one number', 'fused.conv2d', [image, filter, tf.ones([1])], ordinary],
    ['a bias of two dimensions', 'fused.matMul', [a, a, tf.ones([1, 64])], {}],
    ['PReLU', 'fused.matMul', [a, a, null, tf.ones([64, 1])], { activation: 'prelu' }],
  ])('never gets what is %s', (_what, op, args, attributes) => {
    const accelerate = vi.fn(() => undefined);
    accelerateWith(tf, accelerate);
    one(op, [...args], attributes);
    expect(accelerate).not.toHaveBeenCalled();
  });

  it.each<readonly [string, readonly tf.Tensor[], Record<string, unknown>]>([
    ['conv2d', [image, filter], ordinary],
    ['fused.conv2d', [image, filter, tf.ones([8])], { ...ordinary, activation: 'relu' }],
    ['fused.matMul', [a, a, tf.ones([64])], { activation: 'relu' }],
  ])('gets an ordinary %s', (op, args, attributes) => {
    const accelerate = vi.fn(() => undefined);
    accelerateWith(tf, accelerate);
    one(op, [...args], attributes);
    expect(accelerate).toHaveBeenCalledTimes(1);
  });
});
