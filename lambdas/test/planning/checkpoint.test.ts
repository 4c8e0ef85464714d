import { describe, expect, it } from 'vitest';
import { checkpointEntries, takeSealable } from '../../src/planning/checkpoint.ts';
import { newRound } from '../../src/planning/new-round.ts';
import { OPENED_AT, planOf, SETTINGS } from '../support/federation.ts';

function roundOf(goal: number) {
  return newRound({
    plan: planOf({ update: { cohortMax: 100_000, exampleCountCap: 16 } }),
    round: 1,
    base: { version: 0, files: [] },
    settings: { ...SETTINGS, goal },
    remaining: 0,
    requestId: 'start',
    seed: '00',
    now: OPENED_AT,
  });
}

describe('A checkpoint', () => {
  it.each([
    [3, 256],
    [2_001, 256],
    [8_000, 500],
    [100_000, 2_000],
  ])('of a round of up to %i updates is due at %i', (goal, entries) => {
    expect(checkpointEntries(roundOf(goal))).toBe(entries);
  });
});

describe('One seal', () => {
  const updates = (count: number, bytes: number) =>
    Array.from({ length: count }, () => ({ bytes }));

  it('names at most 2,000 updates', () => {
    expect(takeSealable(updates(2_001, 100), roundOf(3))).toHaveLength(2_000);
    expect(takeSealable(updates(7, 100), roundOf(3))).toHaveLength(7);
    expect(takeSealable([], roundOf(3))).toEqual([]);
  });

  it('names what one fold can read in its time, and one update at least', () => {
    expect(takeSealable(updates(2_000, 100_000_000), roundOf(3))).toHaveLength(225);
    expect(takeSealable(updates(2_000, 100_000_000), { ...roundOf(3), shards: 4 })).toHaveLength(
      900,
    );
    expect(takeSealable(updates(3, 30_000_000_000), roundOf(3))).toHaveLength(1);
  });
});
