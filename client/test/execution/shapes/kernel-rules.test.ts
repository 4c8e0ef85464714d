import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { KERNEL_RULES } from '../../../src/execution/shapes/kernel-rules.ts';
import { planKernel } from '../../../src/execution/shapes/plan-kernel.ts';

/** Kernels of the cpu backend that no offered operation calls, nor its gradient. */
const LEFT_OUT = [
  'Draw',
  'RaggedGather',
  'RaggedRange',
  'RaggedTensorToTensor',
  'ResizeBilinearGrad',
  'ResizeNearestNeighborGrad',
  'StaticRegexReplace',
  'StringNGrams',
  'StringSplit',
  'StringToHashBucketFast',
];

describe('rules', () => {
  it('are there for every kernel of the cpu backend but those left out', () => {
    const kernels = tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName);
    expect([...Object.keys(KERNEL_RULES), ...LEFT_OUT].sort()).toEqual(kernels.sort());
  });

  it('are found by their own names alone', () => {
    for (const name of ['constructor', '__proto__', 'toString'])
      expect(KERNEL_RULES[name]).toBeUndefined();
  });
});

const x = { shape: [2, 3], dtype: 'float32' as const };
const complex = { shape: [2], dtype: 'complex64' as const };

describe('a kernel with arguments that it cannot safely get', () => {
  it.each<readonly [string, Record<string, unknown>, Record<string, unknown>, string]>([
    ['Transpose', { x }, { perm: [0, 0] }, 'argument-invalid'],
    ['Transpose', { x }, { perm: [0] }, 'argument-invalid'],
    ['Transpose', { x }, { perm: [0, 2] }, 'argument-invalid'],
    ['Slice', { x }, { begin: [-1, 0], size: [1, 1] }, 'argument-invalid'],
    ['Slice', { x }, { begin: [0, 0], size: [1, 4] }, 'argument-invalid'],
    ['Slice', { x }, { begin: [0.5, 0], size: [1, 1] }, 'argument-invalid'],
    ['Reshape', { x }, { shape: [2.5, 2.4] }, 'argument-invalid'],
    ['Reshape', { x }, { shape: [-2, -3] }, 'argument-invalid'],
    ['Tile', { x }, { reps: [-1, 1] }, 'argument-invalid'],
    ['Tile', { x }, { reps: [1] }, 'argument-invalid'],
    [
      'PadV2',
      { x },
      {
        paddings: [
          [-1, 0],
          [0, 0],
        ],
      },
      'argument-invalid',
    ],
    ['PadV2', { x }, { paddings: [[0, 0]] }, 'argument-invalid'],
    [
      'MirrorPad',
      { x },
      {
        paddings: [
          [2, 0],
          [0, 0],
        ],
        mode: 'reflect',
      },
      'argument-invalid',
    ],
    ['Sum', { x }, { axis: 2 }, 'argument-invalid'],
    ['Sum', { x }, { axis: [0, -2] }, 'argument-invalid'],
    ['SplitV', { x }, { numOrSizeSplits: [4, -1], axis: 1 }, 'argument-invalid'],
    ['SplitV', { x }, { numOrSizeSplits: 0, axis: 1 }, 'argument-invalid'],
    ['Unpack', { value: x }, { axis: 5 }, 'argument-invalid'],
    ['Fill', {}, { shape: [2 ** 53], value: 1 }, 'argument-invalid'],
    ['Fill', {}, { shape: [1], value: 'text' }, 'dtype-unsupported'],
    [
      'MaxPool',
      { x: { shape: [1, 4, 4, 1], dtype: 'float32' } },
      { filterSize: 2, strides: 0, pad: 'valid' },
      'argument-invalid',
    ],
    [
      'MaxPool',
      { x: { shape: [1, 4, 4, 1], dtype: 'float32' } },
      { filterSize: 2, strides: 1, pad: -1 },
      'argument-invalid',
    ],
    [
      'ResizeBilinear',
      { images: { shape: [1, 0, 2, 1], dtype: 'float32' } },
      { size: [2, 2] },
      'argument-invalid',
    ],
    ['Cosh', { x: complex }, {}, 'dtype-unsupported'],
    ['Real', { input: x }, {}, 'dtype-unsupported'],
    ['Add', { a: x }, {}, 'argument-missing'],
    ['Draw', { image: x }, {}, 'operation-unknown'],
    ['constructor', {}, {}, 'operation-unknown'],
  ])('%s of %o with %o is refused', (kernel, inputs, attrs, code) => {
    const call = { tf, kernel, inputs, attrs } as never;
    expect(() => planKernel(call, { work: 0 })).toThrow(expect.objectContaining({ code }));
  });

  it('is refused once the operation has worked too much', () => {
    const call = { tf, kernel: 'Abs', inputs: { x }, attrs: {} };
    expect(planKernel(call, { work: 0 }).outputs).toEqual([x]);
    expect(() => planKernel(call, { work: 2 ** 34 })).toThrow(
      expect.objectContaining({ code: 'work-too-large' }),
    );
  });
});
