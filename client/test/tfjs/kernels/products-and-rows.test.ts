import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import {
  expectAgreement,
  prepareBackends,
  uniform,
  valueAndGradients,
  valuesOn,
} from '../support/backends.ts';

beforeAll(prepareBackends);

const size = fc.integer({ min: 1, max: 9 });

it('matMul agrees with cpu, whichever operand is transposed and whatever is broadcast', () => {
  const product = fc.record({
    rows: size,
    inner: size,
    columns: size,
    batches: fc.constantFrom(
      [[], []],
      [[3], [3]],
      [
        [2, 3],
        [2, 3],
      ],
      [[1], [4]],
      [[4], [1]],
    ),
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
  });
  fc.assert(
    fc.property(product, ({ rows, inner, columns, batches, transposeA, transposeB }) => {
      const [batchA = [], batchB = []] = batches;
      const a = [...batchA, ...(transposeA ? [inner, rows] : [rows, inner])];
      const b = [...batchB, ...(transposeB ? [columns, inner] : [inner, columns])];
      expectAgreement(() => ({
        product: tf.matMul(uniform(a, 1), uniform(b, 2), transposeA, transposeB),
      }));
    }),
    { numRuns: 80 },
  );
});

it('gathered rows agree with cpu on every axis, and so does what they scatter back', () => {
  for (const axis of [0, 1, 2])
    expectAgreement(() =>
      valueAndGradients(
        (x) => tf.gather(x, tf.tensor2d([2, 0, 2, 1, 2, 2], [2, 3], 'int32'), axis),
        [uniform([3, 3, 3], axis)],
      ),
    );
  for (const dtype of ['int32', 'bool'] as const)
    expectAgreement(() => ({
      rows: tf.gather(tf.tensor2d([1, 0, 0, 1, 1, 1], [3, 2], dtype), [2, 0]),
    }));
});

it.each([[-1], [3]])('gathering row %i of three is refused', (row) => {
  expect(() => valuesOn('wasm', () => ({ rows: tf.gather(uniform([3, 2], 1), [0, row]) }))).toThrow(
    `Row ${row} can't be gathered, expected 0 … 2`,
  );
});

it('rows of one segment are summed and rows of a negative segment are dropped', () => {
  const { sums } = valuesOn('wasm', () => ({
    sums: tf.unsortedSegmentSum(
      tf.tensor2d([1, 2, 10, 20, 100, 200, 5, 5], [4, 2]),
      tf.tensor1d([2, 0, 2, -1], 'int32'),
      4,
    ),
  }));
  expect(sums).toEqual({ shape: [4, 2], data: [10, 20, 0, 0, 101, 202, 0, 0] });
});
