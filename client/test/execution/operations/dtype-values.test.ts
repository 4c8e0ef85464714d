import * as tf from '@tensorflow/tfjs';
import { TensorHook, VirtualWorker } from '@tributary/client';
import { beforeAll, describe, expect, it } from 'vitest';
import { runOperation } from '../../../src/execution/operations/run-operation.ts';
import { withSafeBackend } from '../../../src/execution/operations/safe-backend.ts';
import { bytesOfTensor } from '../../../src/execution/tensor-bytes.ts';
import { CommandError } from '../../../src/protocol/errors.ts';

beforeAll(() => tf.setBackend('cpu'));

const bools = (...values: number[]) => tf.tensor1d(values, 'bool');
const list = (...values: number[]) => tf.tensor1d(values);
const ints = (...values: number[]) => tf.tensor1d(values, 'int32');

type Row = readonly [
  op: string,
  args: () => unknown[],
  attributes: Record<string, unknown>,
  expected: number[],
];

const TRUTHS: readonly Row[] = [
  ['add', () => [bools(1, 1, 0), bools(1, 0, 0)], {}, [1, 1, 0]],
  ['sub', () => [bools(0, 1), bools(1, 1)], {}, [1, 0]],
  ['neg', () => [bools(0, 1)], {}, [0, 1]],
  ['addN', () => [[bools(1, 0), bools(1, 0), bools(1, 0)]], {}, [1, 0]],
  ['fill', () => [], { shape: [2], value: 1, dtype: 'bool' }, [1, 1]],
  ['oneHot', () => [ints(1)], { depth: 3, onValue: 1, offValue: 0, dtype: 'bool' }, [0, 1, 0]],
  ['pad', () => [bools(1)], { paddings: [[1, 0]], constantValue: 1 }, [1, 1]],
  ['cast', () => [list(Number.NaN, 0.5, 0, -0, 2)], { dtype: 'bool' }, [1, 1, 0, 0, 1]],
];

/** One more than a byte counts to. */
const MANY = 256;
const manyTrue = (...shape: number[]) => tf.ones(shape, 'bool');
const zeros = (...shape: number[]) => tf.zeros(shape, 'int32');

/** The largest int32, whose square has 62 bits. */
const LARGE = 2 ** 31 - 1;

const SUMS: readonly Row[] = [
  ['addN', () => [Array.from({ length: MANY }, () => bools(1, 0))], {}, [1, 0]],
  ['matMul', () => [manyTrue(1, MANY), manyTrue(MANY, 1)], {}, [1]],
  ['dot', () => [manyTrue(MANY), manyTrue(MANY)], {}, [1]],
  ['fused.matMul', () => [manyTrue(1, MANY), manyTrue(MANY, 1)], {}, [1]],
  ['scatterND', () => [zeros(MANY, 1), manyTrue(MANY)], { shape: [2] }, [1, 0]],
  ['bincount', () => [zeros(MANY), manyTrue(MANY)], { size: 2 }, [1, 0]],
  ['denseBincount', () => [zeros(MANY), manyTrue(MANY)], { size: 2 }, [1, 0]],
  [
    'sparse.sparseSegmentSum',
    () => [manyTrue(MANY), tf.range(0, MANY, 1, 'int32'), zeros(MANY)],
    {},
    [1],
  ],
  ['any', () => [manyTrue(MANY)], {}, [1]],
  ['all', () => [manyTrue(MANY)], {}, [1]],
];

const COUNTS: readonly Row[] = [
  ['sum', () => [manyTrue(MANY)], {}, [MANY]],
  ['cumsum', () => [manyTrue(MANY)], {}, Array.from({ length: MANY }, (_, index) => index + 1)],
  ['prod', () => [manyTrue(MANY)], {}, [1]],
];

const INTEGERS: readonly Row[] = [
  ['add', () => [ints(2 ** 31 - 1), ints(1)], {}, [-(2 ** 31)]],
  ['mul', () => [ints(65_536), ints(65_536)], {}, [0]],
  ['cast', () => [tf.tensor1d([1.9, -1.9, Number.NaN])], { dtype: 'int32' }, [1, -1, 0]],
  ['mul', () => [ints(LARGE, 3), ints(LARGE, -LARGE)], {}, [1, -2_147_483_645]],
  ['square', () => [ints(LARGE)], {}, [1]],
  ['dot', () => [ints(LARGE, LARGE), ints(LARGE, 1)], {}, [-(2 ** 31)]],
  ['matMul', () => [tf.fill([1, 2], LARGE, 'int32'), tf.fill([2, 1], LARGE, 'int32')], {}, [2]],
  ['clipByValue', () => [ints(1, 7)], { clipValueMin: -Infinity, clipValueMax: 3 }, [1, 3]],
];

type Refused = readonly [op: Row[0], args: Row[1], attributes: Row[2], parameter: string];

/** What would be cut off. */
const REFUSED: readonly Refused[] = [
  ['fill', () => [], { shape: [1], value: 2.7, dtype: 'int32' }, 'value'],
  ['fill', () => [], { shape: [1], value: 2 ** 31, dtype: 'int32' }, 'value'],
  ['fill', () => [], { shape: [2], value: 3, dtype: 'bool' }, 'value'],
  ['pad', () => [ints(1)], { paddings: [[1, 0]], constantValue: 0.5 }, 'constantValue'],
  ['pad', () => [bools(1)], { paddings: [[1, 0]], constantValue: 255 }, 'constantValue'],
  ['pad', () => [bools(1)], { paddings: [[1, 0]], constantValue: Number.NaN }, 'constantValue'],
  ['oneHot', () => [ints(1)], { depth: 2, onValue: 0.5 }, 'onValue'],
  ['oneHot', () => [ints(1)], { depth: 2, offValue: 7, dtype: 'bool' }, 'offValue'],
  ['clipByValue', () => [ints(1)], { clipValueMin: 0.5, clipValueMax: 3 }, 'clipValueMin'],
  ['clipByValue', () => [ints(1)], { clipValueMin: 2.5, clipValueMax: 2.5 }, 'clipValueMin'],
  ['range', () => [], { start: 0, stop: 3, step: 0.5, dtype: 'int32' }, 'step'],
  ['range', () => [], { start: 0, stop: 2 ** 40, step: 2 ** 39, dtype: 'int32' }, 'step'],
  ['step', () => [ints(1)], { alpha: 0.5 }, 'alpha'],
  ['batchNorm', () => [ints(2), ints(1), ints(3)], {}, 'x'],
  ['asinh', () => [ints(2)], {}, 'x'],
  ['atan2', () => [ints(2), ints(3)], {}, 'a'],
  ['div', () => [bools(1), bools(1)], {}, 'a'],
  ['sparse.sparseSegmentMean', () => [ints(1, 2), ints(0, 1), ints(0, 0)], {}, 'data'],
  ['max', () => [tf.zeros([0], 'int32')], {}, 'x'],
  ['pow', () => [ints(2), ints(-1)], {}, 'int32'],
  ['prod', () => [ints(LARGE, LARGE, 3)], {}, 'int32'],
  ['fused.matMul', () => [zeros(1, 1), zeros(1, 1)], { activation: 'sigmoid' }, 'a'],
  [
    'sparseToDense',
    () => [zeros(1, 1), ints(5), { value: 0.5 }],
    { outputShape: [2] },
    'defaultValue',
  ],
  ['logicalAnd', () => [bools(1), { value: [0.4] }], {}, 'b'],
  ['losses.computeWeightedLoss', () => [ints(1, 2), ints(1, 1)], { reduction: 1 }, 'weights'],
];

const stored = (tensor: tf.Tensor): number[] => {
  const { buffer } = bytesOfTensor(tensor);
  return [...(tensor.dtype === 'bool' ? new Uint8Array(buffer) : new Int32Array(buffer))];
};

describe('values of a dtype', () => {
  it.each([...TRUTHS, ...SUMS, ...COUNTS, ...INTEGERS])(
    'are what %s makes, as they are stored',
    (op, args, attributes, expected) => {
      const [made] = runOperation(tf, { op, args: args() as never, attributes });
      expect(stored(made as tf.Tensor)).toEqual(expected);
    },
  );

  it.each(REFUSED)('are not cut off by %s', (op, args, attributes, parameter) => {
    const run = () => runOperation(tf, { op, args: args() as never, attributes });
    expect(run).toThrow(CommandError);
    expect(run).toThrow(new RegExp(`^Operation ${op} got .*\\b${parameter}\\b`));
  });

  it.each(['cumsum', 'cumprod', 'softmax', 'logSoftmax', 'argMax'])(
    'are not made up by %s of a scalar',
    (op) => {
      const run = () => runOperation(tf, { op, args: [tf.scalar(0.4)], attributes: {} });
      expect(run).toThrow(`Operation ${op} got a scalar, expected a tensor with at least one`);
    },
  );

  it('are no others on the way to a result', () => {
    const args = [bools(1, 0, 1)];
    const [made] = runOperation(tf, { op: 'logSumExp', args, attributes: {} });
    expect(made?.dataSync()[0]).toBeCloseTo(Math.log(2 * Math.E + 1), 5);
  });

  it('are places of maxima, read as integers', () => {
    const [, places] = runOperation(tf, {
      op: 'maxPoolWithArgmax',
      args: [tf.tensor4d([1, 3, 2, 0], [1, 2, 2, 1])],
      attributes: { filterSize: 2, strides: 1, pad: 'valid' },
    });
    expect(stored(places as tf.Tensor)).toEqual([1]);
    expect(places?.dataSync()).toBeInstanceOf(Int32Array);
  });

  it('are drawn at random, where no kernel makes them', () => {
    const attributes = { shape: [64], minval: -9, maxval: 9, dtype: 'bool', seed: 1 };
    const [made] = runOperation(tf, { op: 'randomUniform', args: [], attributes });
    expect(stored(made as tf.Tensor).every((value) => value <= 1)).toBe(true);
  });

  it('are those of both parts of complex numbers', () => {
    const [made] = runOperation(tf, {
      op: 'fft',
      args: [tf.complex(tf.tensor1d([1, 2, 4]), tf.tensor1d([0.1, 0.2, 0.7]))],
      attributes: {},
    });
    const [real, again] = withSafeBackend(tf, () => {
      const before = made as tf.Tensor;
      return [tf.real(before), tf.real(tf.complex(tf.real(before), tf.imag(before)))];
    });
    expect(real?.dataSync()).toBeInstanceOf(Float32Array);
    expect(real?.dataSync()).toEqual(again?.dataSync());
  });

  it('travel from worker to worker', async () => {
    const hook = new TensorHook(tf);
    const [bob, alice] = ['bob', 'alice'].map((id) => new VirtualWorker(hook, { id }));
    const sum = bools(1, 1, 0)
      .send(bob as VirtualWorker)
      .add(bools(1, 0, 0).send(bob as VirtualWorker));
    const moved = await sum.move(alice as VirtualWorker);
    const there = (await moved.get()) as tf.Tensor;
    expect([there.dtype, ...there.dataSync()]).toEqual(['bool', 1, 1, 0]);
    const local = tf.add(bools(1, 0), bools(1, 0)).send(bob as VirtualWorker);
    expect([...((await local.get()) as tf.Tensor).dataSync()]).toEqual([1, 0]);
  });
});
