import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import {
  accelerateWith,
  type HeavyKernel,
  type RunRequest,
  runOperation,
} from '@tributary/client/execution';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AcceleratorFault } from '../../../src/worker/accelerator.ts';
import { WasmAccelerator } from '../../../src/worker/wasm/wasm-accelerator.ts';

const BINARY = '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm';

let accelerator: WasmAccelerator;
let faults: AcceleratorFault[];

beforeAll(async () => {
  setWasmPaths(`${dirname(createRequire(import.meta.url).resolve(BINARY))}/`);
  await tf.setBackend('cpu');
});

beforeEach(() => {
  faults = [];
  accelerator = new WasmAccelerator(tf, (fault) => faults.push(fault));
});

afterEach(() => accelerateWith(tf, undefined));

function uniform(shape: number[], seed: number): tf.Tensor {
  return tf.randomUniform(shape, -1, 1, 'float32', seed);
}

/** Runs an operation with cpu alone and with WebAssembly, and says which kernels that one computed. */
async function runBoth(request: RunRequest) {
  accelerateWith(tf, undefined);
  const [expected] = runOperation(tf, request);
  const kernels: string[] = [];
  await accelerator.prepare('carol');
  accelerateWith(tf, (call) => {
    const outputs = accelerator.accelerate('carol', call);
    if (outputs !== undefined) kernels.push(call.kernel);
    return outputs;
  });
  const [actual] = runOperation(tf, request);
  if (expected === undefined || actual === undefined) throw new Error('Nothing was made');
  return { expected, actual, kernels };
}

const image = [2, 32, 32, 16];
const CASES: readonly [kernel: string, request: () => RunRequest][] = [
  [
    'BatchMatMul',
    () => ({
      op: 'matMul',
      args: [uniform([3, 64, 128], 1), uniform([3, 128, 96], 2)],
      attributes: {},
    }),
  ],
  [
    'BatchMatMul',
    () => ({
      op: 'matMul',
      args: [uniform([200, 64], 1), uniform([100, 200], 2)],
      attributes: { transposeA: true, transposeB: true },
    }),
  ],
  [
    'Conv2D',
    () => ({
      op: 'conv2d',
      args: [uniform(image, 1), uniform([3, 3, 16, 8], 2)],
      attributes: { strides: 1, pad: 'same' },
    }),
  ],
  [
    'Conv2D',
    () => ({
      op: 'conv2d',
      args: [uniform(image, 1), uniform([5, 3, 16, 8], 2)],
      attributes: { strides: [2, 1], pad: 'valid' },
    }),
  ],
  [
    'DepthwiseConv2dNative',
    () => ({
      op: 'depthwiseConv2d',
      args: [uniform(image, 1), uniform([3, 3, 16, 2], 2)],
      attributes: { strides: 1, pad: 'same' },
    }),
  ],
  [
    'Conv2DBackpropInput',
    () => ({
      op: 'conv2dTranspose',
      args: [uniform([2, 16, 16, 8], 1), uniform([3, 3, 16, 8], 2)],
      attributes: { outputShape: [2, 32, 32, 16], strides: 2, pad: 'same' },
    }),
  ],
  [
    'MaxPool',
    () => ({
      op: 'maxPool',
      args: [uniform([4, 64, 64, 16], 1)],
      attributes: { filterSize: 3, strides: 2, pad: 'same' },
    }),
  ],
  [
    'AvgPool',
    () => ({
      op: 'avgPool',
      args: [uniform([4, 64, 64, 16], 1)],
      attributes: { filterSize: 3, strides: 2, pad: 'same' },
    }),
  ],
];

/** What its kernels compute otherwise in silence, or by memory beside the tensors. */
const ASTRAY: readonly [what: string, request: () => RunRequest][] = [
  [
    'dimensions rounded up',
    () => ({
      op: 'maxPool',
      args: [uniform([2, 59, 75, 7], 1)],
      attributes: { filterSize: 5, strides: 3, pad: 1, dimRoundingMode: 'ceil' },
    }),
  ],
  [
    'padding by numbers around a filter that is not square',
    () => ({
      op: 'depthwiseConv2d',
      args: [uniform([1, 34, 57, 7], 1), uniform([1, 4, 7, 5], 2)],
      attributes: { strides: 1, pad: 1 },
    }),
  ],
  [
    'strides beyond the filter',
    () => ({
      op: 'conv2d',
      args: [uniform([2, 56, 59, 8], 1), uniform([3, 2, 8, 8], 2)],
      attributes: { strides: [1, 4], pad: 'same' },
    }),
  ],
  [
    'a bias for several products',
    () => ({
      op: 'fused.matMul',
      args: [uniform([3, 64, 64], 1), uniform([3, 64, 64], 2), uniform([64], 3)],
      attributes: { activation: 'relu' },
    }),
  ],
  [
    'PReLU by rows',
    () => ({
      op: 'fused.matMul',
      args: [uniform([64, 64], 1), uniform([64, 64], 2), null, uniform([64, 1], 3)],
      attributes: { activation: 'prelu' },
    }),
  ],
];

describe('WebAssembly', () => {
  it.each(ASTRAY)('leaves %s to cpu', async (_what, request) => {
    const { expected, actual } = await runBoth(request());
    const [given, wanted] = [actual.dataSync(), expected.dataSync()];
    const largest = Math.max(...given.map((value, index) => Math.abs(value - wanted[index]!)));
    expect(largest).toBeLessThan(1e-4);
    expect(faults).toEqual([]);
  });

  it('gives nothing that a kernel left unwritten', async () => {
    await accelerator.prepare('carol');
    const ones = (...shape: number[]) => ({
      ...{ shape, dtype: 'float32' as const },
      values: new Float32Array(shape.reduce((count, size) => count * size, 1)).fill(1),
    });
    const unheard: HeavyKernel = {
      ...{ kernel: 'Conv2D', outputShapes: [[1, 8, 8, 4]] },
      inputs: { x: ones(1, 8, 8, 4), filter: ones(3, 3, 4, 4) },
      attrs: { strides: 1, pad: 'same', dilations: 0, dataFormat: 'NHWC' },
    };
    expect(accelerator.accelerate('carol', unheard)).toBeUndefined();
  });

  it.each(CASES)('computes %s as cpu does, but for float32 rounding', async (kernel, request) => {
    const { expected, actual, kernels } = await runBoth(request());
    expect(kernels).toEqual([kernel]);
    expect(actual.shape).toEqual(expected.shape);
    const [given, wanted] = [actual.dataSync(), expected.dataSync()];
    const largest = Math.max(...given.map((value, index) => Math.abs(value - wanted[index]!)));
    expect(largest).toBeLessThan(1e-4);
    expect(faults).toEqual([]);
  });

  it('leaves to cpu what has numbers that are not finite, or makes such', async () => {
    const large = tf.fill([128, 128], 3e38);
    const { expected, actual, kernels } = await runBoth({
      ...{ op: 'matMul', args: [large, large], attributes: {} },
    });
    expect(kernels).toEqual([]);
    expect(actual.dataSync()).toEqual(expected.dataSync());
    const broken = tf.fill([128, 128], Number.NaN);
    const request = { op: 'matMul', args: [broken, large], attributes: {} };
    expect((await runBoth(request)).kernels).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('P14: is replaced when it trapped, and cpu computes meanwhile', async () => {
    await accelerator.prepare('carol');
    const trapped = accelerator.instance;
    const values = new Float32Array(4);
    const trap: HeavyKernel = {
      ...{ kernel: 'Tile', attrs: { reps: [-1] }, outputShapes: [[0]] },
      inputs: { x: { shape: [4], dtype: 'float32', values } },
    };
    expect(accelerator.accelerate('carol', trap)).toBeUndefined();
    expect(faults).toMatchObject([{ kernel: 'Tile', error: expect.any(Error) }]);
    expect(accelerator.instance).toBeUndefined();
    const request = CASES[0]![1]();
    accelerateWith(tf, (call) => accelerator.accelerate('carol', call));
    const [onCpu] = runOperation(tf, request);
    const { actual, kernels } = await runBoth(request);
    expect(kernels).toEqual(['BatchMatMul']);
    expect(accelerator.instance).not.toBe(trapped);
    expect(actual.shape).toEqual(onCpu?.shape);
    expect(faults).toHaveLength(1);
  });

  it('shows no caller a heap that another’s tensors were on', async () => {
    const sentinel = Float32Array.from({ length: 256 * 256 }, (_, index) => 1000 + (index % 251));
    const needle = Buffer.from(sentinel.buffer, 0, 64);
    const holds = () => Buffer.from(accelerator.instance?.heap ?? []).includes(needle);
    const input = { shape: [1, 256, 256], dtype: 'float32' as const, values: sentinel };
    const call: HeavyKernel = {
      ...{ kernel: 'BatchMatMul', attrs: { transposeA: false, transposeB: false } },
      ...{ inputs: { a: input, b: input }, outputShapes: [[1, 256, 256]] },
    };
    await accelerator.prepare('carol');
    expect(accelerator.accelerate('carol', call)).toHaveLength(1);
    expect(holds()).toBe(true);
    const carols = accelerator.instance;
    await accelerator.prepare('carol');
    expect(accelerator.instance).toBe(carols);
    await accelerator.prepare('dave');
    expect(accelerator.instance).not.toBe(carols);
    expect(holds()).toBe(false);
    // An instance that nobody computed with is good for anybody.
    const daves = accelerator.instance;
    await accelerator.prepare('erin');
    expect(accelerator.instance).toBe(daves);
  });

  it('is not used for more than a heap has room for, nor before it was prepared', async () => {
    const tiny = { shape: [1], dtype: 'float32' as const, values: Float32Array.of(1) };
    const call: HeavyKernel = {
      ...{ kernel: 'BatchMatMul', attrs: {}, inputs: { a: tiny, b: tiny } },
      outputShapes: [[2 ** 27]],
    };
    expect(accelerator.accelerate('carol', { ...call, outputShapes: [[1]] })).toBeUndefined();
    await accelerator.prepare('carol');
    const before = accelerator.instance;
    expect(accelerator.accelerate('carol', call)).toBeUndefined();
    expect(accelerator.instance).toBe(before);
    expect(faults).toEqual([]);
  });

  it('adds nothing to the process for each instance, which would keep its heap for ever', async () => {
    const count = () =>
      process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection');
    const before = count();
    const tiny = { shape: [1, 1, 1], dtype: 'float32' as const, values: Float32Array.of(2) };
    const call: HeavyKernel = {
      ...{ kernel: 'BatchMatMul', attrs: { transposeA: false, transposeB: false } },
      ...{ inputs: { a: tiny, b: tiny }, outputShapes: [[1, 1, 1]] },
    };
    const instances = new Set<unknown>();
    for (const caller of ['carol', 'dave', 'erin']) {
      await accelerator.prepare(caller);
      instances.add(accelerator.instance);
      expect(accelerator.accelerate(caller, call)).toEqual([Float32Array.of(4)]);
    }
    expect(instances.size).toBe(3);
    expect(count()).toBe(before);
  });

  it('leaves kernels that it has none for to cpu', async () => {
    await accelerator.prepare('carol');
    const values = new Float32Array(1);
    const input = { shape: [1, 1, 1, 1], dtype: 'float32' as const, values };
    const call: HeavyKernel = {
      ...{ kernel: 'Conv2DBackpropFilter', attrs: {}, inputs: { x: input, dy: input } },
      outputShapes: [[1, 1, 1, 1]],
    };
    expect(accelerator.accelerate('carol', call)).toBeUndefined();
    expect(faults).toEqual([]);
  });
});
