import { expect, test } from 'vitest';
import { namesOf, positiveNumber, trainingOf } from '../../src/cli/training-options.ts';

test('options win over the file, and what neither says is left to defaults', () => {
  expect(trainingOf({})).toEqual({});
  const file = { epochs: 5, learningRate: 1, own: [1, 2] };
  expect(trainingOf({ learningRate: 0.5, loss: ['meanSquaredError'] }, file)).toEqual({
    epochs: 5,
    learningRate: 0.5,
    own: [1, 2],
    loss: 'meanSquaredError',
  });
  expect(trainingOf({ loss: ['a', 'b'], metrics: ['accuracy'] })).toEqual({
    loss: ['a', 'b'],
    metrics: ['accuracy'],
  });
});

test.each([
  ['0.1', 0.1],
  ['1e-3', 0.001],
  ['.5', 0.5],
  ['2', 2],
])('%s is a positive number', (text, value) => {
  expect(positiveNumber(text)).toBe(value);
});

test.each(['0', '-1', '', 'e', '1e', '0x1', 'Infinity', '1e999', 'NaN', '.'])(
  '%j is none',
  (text) => {
    expect(() => positiveNumber(text)).toThrow(/above 0/);
  },
);

test('names are parted by commas', () => {
  expect(namesOf('a, b')).toEqual(['a', 'b']);
  expect(() => namesOf('a,')).toThrow(/parted by commas/);
});
