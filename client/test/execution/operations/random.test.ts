import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { runOperation } from '../../../src/execution/operations/run-operation.ts';
import { OPERATIONS } from '../../../src/protocol/commands/operations.generated.ts';
import { MAKERS } from './makers/index.ts';
import { RandomInputs } from './makers/random-inputs.ts';
import { numbersOf, requestOf } from './requests.ts';

beforeAll(() => tf.setBackend('cpu'));

const RANDOM = Object.keys(OPERATIONS).filter((op) => OPERATIONS[op]?.isRandom);

function drawn(op: string, seed: unknown): number[][] {
  const request = requestOf(op, MAKERS[op]?.(new RandomInputs(3)) ?? []);
  return runOperation(tf, { ...request, attributes: { ...request.attributes, seed } }).map(
    numbersOf,
  );
}

describe('operations that draw random numbers', () => {
  it('are these', () => {
    expect(RANDOM).toEqual([
      'dropout',
      'multinomial',
      'randomGamma',
      'randomNormal',
      'randomStandardNormal',
      'randomUniform',
      'randomUniformInt',
      'truncatedNormal',
    ]);
  });

  it.each(RANDOM)('%s draws the same again for the same seed, 0 too', (op) => {
    for (const seed of [0, 1, -7, 2.5, 2 ** 40]) expect(drawn(op, seed)).toEqual(drawn(op, seed));
  });

  it.each(RANDOM)('%s refuses to draw without a seed', (op) => {
    for (const seed of [undefined, null]) {
      expect(() => drawn(op, seed)).toThrow(expect.objectContaining({ code: 'seed-missing' }));
    }
  });
});
