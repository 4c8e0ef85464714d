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
    const hot = one('oneHot', [tf.tensor1d([0], 'int32')], {
      depth: 2,
      onValue: 1.5,
      dtype: 'int32',
    });
    expect([...hot.dataSync()]).toEqual([1, 0]);
    expect([...one('mul', [hot, tf.scalar(2, 'int32')]).dataSync()]).toEqual([2, 0]);
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

  it.each([
    ['small', () => [tf.ones([2, 2]), tf.ones([2, 2])]],
    ['int32', () => [tf.ones([64, 64], 'int32'), tf.ones([64, 64], 'int32')]],
    ['not finite', () => [a, tf.fill([64, 64], Number.NaN)]],
  ] as const)('never gets what is %s', (_what, args) => {
    const accelerate = vi.fn(() => undefined);
    accelerateWith(tf, accelerate);
    one('matMul', [...args()]);
    expect(accelerate).not.toHaveBeenCalled();
  });
});
