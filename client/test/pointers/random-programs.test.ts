import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from './faulty-worker.ts';
import { ProgramRun, programs } from './random-program.ts';

const SEED = Number(process.env['SEED'] ?? 20_190_605);

beforeAll(() => tf.setBackend('cpu'));

/** Half of the exchanges go wrong, in every way. */
const faults: fc.Arbitrary<Fault[]> = fc.array(
  fc.constantFrom<Fault>(
    'none',
    'none',
    'none',
    'lost-request',
    'lost-answer',
    'doubled',
    'late-double',
  ),
  { minLength: 60, maxLength: 60 },
);

describe('500 random programs of pointer operations', () => {
  it('see the values of tfjs, and leave what they hold, whatever is lost or repeated', async () => {
    await fc.assert(
      fc.asyncProperty(programs, faults, async (steps, planned) => {
        const before = tf.memory().numTensors;
        let place = 0;
        const next = (): Fault => {
          place += 1;
          return planned[place - 1] ?? 'none';
        };
        const run = new ProgramRun(next);
        await run.run(steps);
        expect(await run.contents()).toEqual(run.expectedContents());
        expect(tf.memory().numTensors).toBe(before);
      }),
      { numRuns: 500, seed: SEED },
    );
  }, 240_000);

  it('do the same when nothing is', async () => {
    await fc.assert(
      fc.asyncProperty(programs, async (steps) => {
        const run = new ProgramRun(() => 'none');
        await run.run(steps);
        expect(await run.contents()).toEqual(run.expectedContents());
      }),
      { numRuns: 100, seed: SEED },
    );
  }, 120_000);
});
