import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../src/protocol/errors.ts';
import {
  cleanCause,
  reasonOf,
  withoutTensors,
  withoutValues,
} from '../../src/protocol/without-values.ts';

describe('tensors in a text', () => {
  it.each<[string, tf.Tensor]>([
    ['a scalar', tf.scalar(471.25)],
    ['a small number', tf.scalar(-4.71e-12)],
    ['a vector', tf.tensor1d([471.25, 98.6])],
    [
      'a matrix',
      tf.tensor2d([
        [471.25, 98.6],
        [1, 2],
      ]),
    ],
    ['many rows', tf.fill([50, 3, 2], 471.25)],
    ['truths', tf.tensor1d([true, false], 'bool')],
    ['nothing', tf.zeros([0, 3])],
  ])('%s is taken away, what is around it stays', (_, tensor) => {
    const text = `Layer got ${tensor.toString()}, expected another; try again`;
    expect(withoutTensors(text)).toBe('Layer got a tensor, expected another; try again');
    const verbose = `Layer got ${tensor.toString(true)} here`;
    expect(withoutTensors(verbose)).toBe('Layer got a tensor here');
  });

  it('several are, and a text that speaks of tensors stays', () => {
    const x = tf.tensor1d([471.25]);
    expect(withoutTensors(`${x} and ${x}`)).toBe('a tensor and a tensor');
    const plain = 'Tensor must have a shape comprised of positive integers but got shape [2,-1]';
    expect(withoutValues(plain)).toBe(plain);
  });
});

describe('numbers in a text', () => {
  it.each([
    'Operands could not be broadcast together with shapes 2,3,6,2 and 1,2,1,1.',
    'Size(24) must match the product of shape 1,3,1',
    'Error in concat: rank of tensors must be the same as the rank of the rest (2)',
    'input expected a batch of elements where each example has shape [5,1,3] (i.e.,tensor shape [*,5,1,3]) but the input received an input with 2 examples, each with shape [3,4,3] (tensor shape [2,3,4,3])',
    'The input is incompatible with layer flatten_1: expected min_ndim=3, found ndim=2.',
    "Argument 'x' passed to 'conv2d' must be a Tensor",
  ])('of shapes stay: %s', (text) => {
    expect(withoutValues(text)).toBe(text);
  });

  it.each([
    [
      'GatherV2: the index value 471 is not in [0, 6]',
      'GatherV2: the index value # is not in [#, #]',
    ],
    ['got 471.25, -98.6e3 and .5', 'got #, # and #'],
    ['shape of 471.25', 'shape of #'],
  ])('of data go: %s', (text, clean) => {
    expect(withoutValues(text)).toBe(clean);
  });
});

describe('causes', () => {
  it('that hold no value are kept as they are', () => {
    const error = Object.assign(new RangeError('no room'), { code: 'ENOSPC' });
    expect(cleanCause(error)).toBe(error);
    const ours = new CommandError('weighs 471.25', { code: 'x' });
    expect(cleanCause(ours)).toBe(ours);
    expect(cleanCause(undefined)).toBe(undefined);
  });

  it('lose the values, in message, stack and their own causes, not class and frames', () => {
    const inner = new TypeError(`bad ${tf.scalar(471.25)}`);
    const error = new RangeError(`471.25 is too large`, { cause: inner });
    const clean = cleanCause(error) as Error;
    expect(clean).toBeInstanceOf(RangeError);
    expect(clean.message).toBe('# is too large');
    expect(clean.stack).toMatch(/^RangeError: # is too large\n\s+at .*without-values/);
    expect((clean.cause as Error).message).toBe('bad a tensor');
    expect(JSON.stringify([clean.stack, (clean.cause as Error).stack])).not.toContain('471');
    expect(error.message).toBe('471.25 is too large');
  });

  it('are read as reasons', () => {
    expect(reasonOf('value 471')).toBe('value #');
    expect(reasonOf(new CommandError('limit 471', { code: 'x' }))).toBe('limit 471');
  });
});
