import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { inferOperation } from '../../../src/execution/operations/infer-operation.ts';
import { runOperation } from '../../../src/execution/operations/run-operation.ts';

it('infers and runs before tfjs has chosen a backend, and leaves it the choice', () => {
  const form = { shape: [2], dtype: 'float32' as const };
  const before = tf.engine().backendName;
  expect(inferOperation(tf, { op: 'abs', args: [form], attributes: {} })).toEqual([form]);
  expect(runOperation(tf, { op: 'zeros', args: [], attributes: { shape: [2] } })[0]?.shape).toEqual(
    [2],
  );
  expect(tf.engine().backendName).toBe(before);
  expect(before ?? 'none yet').toBe('none yet');
  expect(tf.ones([2]).sum().dataSync()).toEqual(new Float32Array([2]));
  expect(tf.getBackend()).toBe('cpu');
});

it('is no backend that tfjs falls back to', () => {
  expect(tf.engine().backendNames()).toEqual(['cpu']);
  tf.removeBackend('cpu');
  expect(() => tf.ones([1]).add(1)).toThrow(/No backend found in registry/);
  const [zeros] = runOperation(tf, { op: 'zeros', args: [], attributes: { shape: [2] } });
  expect(zeros?.shape).toEqual([2]);
});
