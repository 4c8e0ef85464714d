import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inferOperation } from '../../../src/execution/operations/infer-operation.ts';
import { runOperation } from '../../../src/execution/operations/run-operation.ts';
import { OPERATIONS } from '../../../src/protocol/commands/operations.generated.ts';
import { CommandError } from '../../../src/protocol/errors.ts';
import { MAKERS } from './makers/index.ts';
import { RandomInputs } from './makers/random-inputs.ts';
import { callPlain, flatten, numbersOf, requestOf } from './requests.ts';

/** Cases per operation; a seed of one's own replays or widens. */
const CASES = 12;
const SEED = Number(process.env['SEED'] ?? 1);

beforeAll(() => tf.setBackend('cpu'));

/** What tfjs makes, or `undefined` when it refuses the arguments. */
async function plainly(op: string, given: readonly unknown[]): Promise<tf.Tensor[] | undefined> {
  try {
    return flatten(op, await callPlain(op, given));
  } catch {
    return undefined;
  }
}

/** What will be stored is of the tensor's dtype. */
function expectOwnValues(made: readonly tf.Tensor[]): void {
  for (const tensor of made) {
    const values = tensor.dataSync<'float32' | 'int32' | 'bool'>();
    if (tensor.dtype === 'bool') {
      expect(values).toBeInstanceOf(Uint8Array);
      expect(values.every((value) => value <= 1)).toBe(true);
    } else {
      expect(values).toBeInstanceOf(tensor.dtype === 'int32' ? Int32Array : Float32Array);
    }
  }
}

describe('every operation of the table', () => {
  const accepted = new Map<string, number>();

  it('has a maker of arguments', () => {
    expect(Object.keys(MAKERS).sort()).toEqual(Object.keys(OPERATIONS).sort());
  });

  it.each(Object.keys(OPERATIONS))('%s makes and infers what tfjs makes', async (op) => {
    for (let index = 0; index < CASES; index += 1) {
      const given = MAKERS[op]?.(new RandomInputs(SEED * 1_000 + index)) ?? [];
      const request = requestOf(op, given);
      const plain = await plainly(op, given);
      if (plain === undefined) {
        expect(() => runOperation(tf, request)).toThrow(CommandError);
        continue;
      }
      accepted.set(op, (accepted.get(op) ?? 0) + 1);
      const inferred = inferOperation(tf, request as never);
      const made = runOperation(tf, request);
      expect(made.map(({ dtype }) => dtype)).toEqual(plain.map(({ dtype }) => dtype));
      expect(made.map(({ shape }) => shape)).toEqual(plain.map(({ shape }) => shape));
      expect(inferred.map(({ dtype }) => dtype)).toEqual(plain.map(({ dtype }) => dtype));
      for (const [output, { shape }] of inferred.entries()) {
        if (shape !== null) expect(shape).toEqual(plain[output]?.shape);
      }
      expect(made.map(numbersOf)).toEqual(plain.map(numbersOf));
      expectOwnValues(made);
      tf.dispose([made, plain, given as tf.Tensor[]]);
    }
  });

  afterAll(() => {
    // A maker whose arguments tfjs refuses half of the time tests little.
    const rare = Object.keys(OPERATIONS).filter((op) => (accepted.get(op) ?? 0) < CASES / 2);
    expect(rare).toEqual([]);
  });
});
