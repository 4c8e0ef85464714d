import * as tf from '@tensorflow/tfjs';
import {
  accelerateWith,
  type HeavyKernel,
  type RunRequest,
  runOperation,
} from '@tributary/client/execution';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AcceleratorFault } from '../../src/worker/accelerator.ts';
import { NativeAccelerator } from '../../src/worker/native-accelerator.ts';

let faults: AcceleratorFault[];
let computed: string[];
beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  faults = [];
  computed = [];
});
afterEach(() => accelerateWith(tf, undefined));

/**
 * Does what importing `@tensorflow/tfjs-node` does: all tfjs of a process share one engine, which gets
 * a backend with kernels of its own and computes with it from then on. Some are made of operations.
 */
async function importNative(): Promise<typeof tf> {
  const createCpu = tf.findBackendFactory('cpu');
  if (tf.findBackendFactory('tensorflow') === null) {
    tf.registerBackend('tensorflow', createCpu as never, 3);
    for (const { kernelName, kernelFunc } of tf.getKernelsForBackend('cpu')) {
      tf.registerKernel({
        ...{ kernelName, backendName: 'tensorflow' },
        kernelFunc: (call) => {
          computed.push(kernelName);
          return kernelName === '_FusedMatMul' ? fusedMatMul(call as never) : kernelFunc(call);
        },
      });
    }
  }
  await tf.setBackend('tensorflow');
  return tf;
}

function fusedMatMul({ inputs: { a, b, bias } }: { inputs: Record<'a' | 'b' | 'bias', never> }) {
  return tf.tidy(() => tf.relu(tf.add(tf.matMul(a, b), bias)));
}

function accelerator(load = importNative): NativeAccelerator {
  return new NativeAccelerator({ tf, load, onFault: (fault) => faults.push(fault) });
}

function matMul(values: number[], outputShape = [1, 2, 2]): HeavyKernel {
  const input = {
    shape: [1, 2, 2],
    dtype: 'float32' as const,
    values: Float32Array.from(values),
  };
  return {
    ...{ kernel: 'BatchMatMul', attrs: { transposeA: false, transposeB: false } },
    ...{ inputs: { a: input, b: input }, outputShapes: [outputShape] },
  };
}

describe('The native accelerator', () => {
  it.each(['BatchMatMul', '_FusedMatMul'])(
    'computes %s of an operation with its own backend, once',
    async (kernel) => {
      const [a, b] = [1, 2].map((seed) => tf.randomUniform([128, 128], -1, 1, 'float32', seed));
      const request = {
        op: kernel === 'BatchMatMul' ? 'matMul' : 'fused.matMul',
        ...(kernel === 'BatchMatMul'
          ? { args: [a, b], attributes: {} }
          : { args: [a, b, tf.ones([128])], attributes: { activation: 'relu' } }),
      } as RunRequest;
      const [expected] = runOperation(tf, request);
      const native = accelerator();
      await native.prepare();
      accelerateWith(tf, (call) => native.accelerate('carol', call));
      const { numTensors } = tf.memory();
      const [actual] = runOperation(tf, request);
      expect(tf.memory().numTensors).toBe(numTensors + 1);
      expect(actual?.dataSync()).toEqual(expected?.dataSync());
      expect(computed.filter((name) => name === kernel)).toHaveLength(1);
      expect(faults).toEqual([]);
      expect(tf.getBackend()).toBe('cpu');
    },
  );

  it('computes nothing before it is made ready, and leaves nothing in its memory', async () => {
    const native = accelerator();
    expect(native.accelerate('carol', matMul([1, 2, 3, 4]))).toBeUndefined();
    await native.prepare();
    const { numTensors } = tf.memory();
    expect(native.accelerate('carol', matMul([1, 2, 3, 4]))).toEqual([
      Float32Array.of(7, 10, 15, 22),
    ]);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(faults).toEqual([]);
  });

  it('leaves to cpu what is not finite, not planned, or not there', async () => {
    const native = accelerator();
    await native.prepare();
    expect(native.accelerate('carol', matMul([3e38, 3e38, 3e38, 3e38]))).toBeUndefined();
    expect(faults).toEqual([]);
    expect(native.accelerate('carol', matMul([1, 2, 3, 4], [4]))).toBeUndefined();
    const unknown = { ...matMul([1, 2, 3, 4]), kernel: 'NoSuchKernel' };
    expect(native.accelerate('carol', unknown)).toBeUndefined();
    expect(faults.map(({ kernel }) => kernel)).toEqual(['BatchMatMul', 'NoSuchKernel']);
  });

  it('leaves everything to cpu when the library can’t be loaded, and says so once', async () => {
    const error = new Error('libtensorflow.so.2 is missing');
    const native = accelerator(() => Promise.reject(error));
    for (let batch = 0; batch < 2; batch += 1) {
      await native.prepare();
      expect(native.accelerate('carol', matMul([1, 2, 3, 4]))).toBeUndefined();
    }
    expect(faults).toEqual([{ kernel: 'all', error }]);
  });
});
