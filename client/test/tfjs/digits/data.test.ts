import { gzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { digitTensors, loadDigits } from '../../../examples/digits/data.ts';
import { parseIdx } from '../../../examples/digits/data-idx.ts';

function idx(magic: number, dimensions: number[], bytes: number): Uint8Array {
  const file = new Uint8Array(4 + 4 * dimensions.length + bytes);
  const view = new DataView(file.buffer);
  view.setUint32(0, magic);
  for (const [i, dimension] of dimensions.entries()) view.setUint32(4 + 4 * i, dimension);
  return file;
}

describe('an IDX file', () => {
  it('is read plain and gzipped', () => {
    const file = idx(0x0802, [2, 3], 6);
    file[12] = 9;
    for (const stored of [file, new Uint8Array(gzipSync(file))]) {
      const { dimensions, bytes } = parseIdx('file', stored, 2);
      expect(dimensions).toEqual([2, 3]);
      expect([...bytes]).toEqual([9, 0, 0, 0, 0, 0]);
    }
  });

  it.each([
    ['empty', new Uint8Array(), 'too few'],
    ['without dimensions', idx(0x0802, [2], 0), 'too few'],
    ['of another element type', idx(0x0d02, [2, 3], 6), 'magic number'],
    ['of another rank', idx(0x0803, [2, 3, 1], 6), 'magic number'],
    ['too short', idx(0x0802, [2, 3], 5), '5 bytes of data, expected 6'],
    ['too long', idx(0x0802, [2, 3], 7), '7 bytes of data, expected 6'],
  ])('that is %s is refused', (_, file, why) => {
    expect(() => parseIdx('file', file, 2)).toThrow(why);
  });
});

it('MNIST is the original: sizes, class counts and the first labels', async () => {
  const { training, test } = await loadDigits();
  const counts = (labels: Uint8Array): number[] =>
    Array.from({ length: 10 }, (_, digit) => labels.filter((label) => label === digit).length);
  expect(counts(training.labels)).toEqual([
    5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
  ]);
  expect(counts(test.labels)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  expect([...training.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
  expect(training.pixels).toHaveLength(60_000 * 784);
  const mean = training.pixels.reduce((sum, level) => sum + level, 0) / training.pixels.length;
  expect(mean / 255).toBeCloseTo(0.1307, 4);
});

it('chosen images become tensors in 0 … 1', async () => {
  const { test } = await loadDigits();
  const { xs, ys } = digitTensors(test, [3, 0, 3]);
  expect([xs.shape, ys.shape]).toEqual([
    [3, 784],
    [3, 1],
  ]);
  expect([...ys.dataSync()]).toEqual([0, 7, 0]);
  const values = xs.dataSync();
  expect(values.subarray(0, 784)).toEqual(values.subarray(2 * 784));
  expect(Math.min(...values)).toBe(0);
  expect(Math.max(...values)).toBe(1);
  expect(values[784 + 202]).toBe(Math.fround((test.pixels[202] ?? 0) / 255));
  tf.dispose([xs, ys]);
});
