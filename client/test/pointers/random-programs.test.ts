import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { Fault } from './faulty-worker.ts';
import { ProgramRun, programs, type Step } from './random-program.ts';
import { STEPS } from './random-steps.ts';

const SEED = Number(process.env['SEED'] ?? 20_190_605);
const PROGRAM_COUNT = inject('thorough') ? 500 : 100;

/** Seeds are drawn in the order of a program's calls, so that two runs of it draw the same. */
let seedCount = 0;

beforeAll(async () => {
  await tf.setBackend('cpu');
  const draw = crypto.getRandomValues.bind(crypto);
  vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
    if (!(array instanceof Uint32Array)) return draw(array);
    seedCount += 1;
    return array.fill(seedCount);
  });
});

afterAll(() => vi.restoreAllMocks());

/** Most exchanges go wrong, in every way. */
const faults: fc.Arbitrary<Fault[]> = fc.array(
  fc.constantFrom<Fault>(
    ...(['none', 'none', 'none'] as const),
    ...(['lost-request', 'lost-answer', 'doubled', 'late-double', 'haunted'] as const),
  ),
  { minLength: 60, maxLength: 60 },
);

/** Runs a program and tells what the workers hold afterwards. */
async function endOf(steps: readonly Step[], planned: readonly Fault[]): Promise<string[][]> {
  seedCount = 0;
  let place = 0;
  const run = new ProgramRun(() => {
    place += 1;
    return planned[place - 1] ?? 'none';
  });
  await run.run(steps);
  expect(await run.contents()).toEqual(run.expectedContents());
  const everything = await run.everything();

  await run.end();
  expect(await run.everything()).toEqual([[], []]);
  return everything;
}

describe('random programs of pointer operations', () => {
  it('see the values of tfjs, and leave the same whatever is lost or repeated', async () => {
    const before = tf.memory();
    let [programCount, objectCount] = [0, 0];
    const done = new Set<string>();
    await fc.assert(
      fc.asyncProperty(programs, faults, async (steps, planned) => {
        const calm = await endOf(steps, []);
        expect(await endOf(steps, planned)).toEqual(calm);
        expect(tf.memory()).toEqual(before);
        programCount += 1;
        objectCount += calm.flat().length;
        for (const { kind } of steps) done.add(kind);
      }),
      { numRuns: PROGRAM_COUNT, seed: SEED },
    );
    expect(programCount).toBe(PROGRAM_COUNT);
    expect(objectCount).toBeGreaterThan(PROGRAM_COUNT);
    expect([...done].sort()).toEqual(Object.keys(STEPS).sort());
  }, 240_000);
});
