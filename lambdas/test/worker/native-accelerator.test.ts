import * as tf from '@tensorflow/tfjs';
import type { HeavyKernel } from '@tributary/client/execution';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AcceleratorFault } from '../../src/worker/accelerator.ts';
import { NativeAccelerator } from '../../src/worker/native-accelerator.ts';

let faults: AcceleratorFault[];
beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  faults = [];
});

/** TensorFlow's library is in container images alone; its tfjs has the same interface as this one. */
function accelerator(): NativeAccelerator {
  return new NativeAccelerator({ load: async () => tf, onFault: (fault) => faults.push(fault) });
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
  it('computes with another tfjs, and leaves nothing in its memory', async () => {
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
});
