import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { TensorHook, VirtualWorker } from '@tributary/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { got } from './contract/world.ts';

beforeAll(() => tf.setBackend('wasm'));
afterAll(() => tf.setBackend('cpu'));

describe('a program that computes with WebAssembly', () => {
  it.each([
    ['float32', [1.5, -2]],
    ['int32', [3, -4]],
    ['bool', [true, false]],
  ] as const)('sends %s tensors that it computed, and gets them back', async (dtype, values) => {
    const local = tf.tensor1d([...values] as number[], dtype);
    const hook = new TensorHook(tf);
    const bob = new VirtualWorker(hook, { id: 'bob' });
    const computed = tf.concat([local, local]);
    const expected = computed.arraySync();
    const pointer = computed.send(bob);
    computed.dispose();
    expect(tf.getBackend()).toBe('wasm');
    expect(await got(pointer.copy())).toEqual(expected);
    expect(await got(pointer.cast('float32').sum())).toBe(tf.tensor(expected).sum().arraySync());
    expect(tf.getBackend()).toBe('wasm');
  });
});
