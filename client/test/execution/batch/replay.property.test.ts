import { describe, expect, inject, it } from 'vitest';
import { FaultyStore } from './faults.ts';
import { contentOf } from './harness.ts';
import { drawFrom, drawProgram, type Faults, sendProgram } from './random-program.ts';

const PROGRAM_COUNT = inject('thorough') ? 500 : 100;

/** `SEED=n` replays one program. */
const SEEDS =
  process.env['SEED'] === undefined
    ? Array.from({ length: PROGRAM_COUNT }, (_, index) => index + 1)
    : [Number(process.env['SEED'])];

function faultsFrom(seed: number): Faults {
  const draw = drawFrom(seed ^ 0x5bd1e995);
  return {
    cut: () =>
      draw() < 0.5 ? { atWrite: Math.floor(draw() * 6), isWritten: draw() < 0.5 } : undefined,
    repetitions: () => (draw() < 0.3 ? 1 : 0),
    isHaunted: () => draw() < 0.3,
    ghost: draw,
  };
}

describe('random programs with failures, cuts, repetitions and ghosts', () => {
  it('end in the same store as without', async () => {
    let objectCount = 0;
    for (const seed of SEEDS) {
      const program = drawProgram(drawFrom(seed));
      const calm = new FaultyStore();
      await sendProgram(calm, program, undefined);
      const shaken = new FaultyStore();
      await sendProgram(shaken, program, faultsFrom(seed));
      const content = await contentOf(calm);
      objectCount += content.length;
      expect(await contentOf(shaken), `SEED=${seed}`).toEqual(content);
    }
    if (SEEDS.length > 1) expect(objectCount).toBeGreaterThan(PROGRAM_COUNT);
  });
});
