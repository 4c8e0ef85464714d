import { QUEUE_DELAY_SECONDS_MAX } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { newRound } from '../../src/planning/new-round.ts';
import { roundTimer } from '../../src/planning/round-timer.ts';
import { MODEL, OPENED_AT, planOf, SETTINGS } from '../support/federation.ts';

function roundOf(deadlineSeconds: number) {
  return newRound({
    plan: planOf(),
    round: 3,
    base: { version: 0, files: [{ name: 'f', bytes: 1, sha256: '0'.repeat(64) }] },
    settings: { ...SETTINGS, deadlineSeconds },
    remaining: 0,
    requestId: 'r',
    seed: '0'.repeat(32),
    now: OPENED_AT,
  });
}

describe('roundTimer', () => {
  it('waits whole seconds, never less than the deadline', () => {
    const id = { model: MODEL, round: 3 };
    expect(roundTimer(roundOf(1.2), OPENED_AT)).toEqual({ id, delaySeconds: 2 });
    expect(roundTimer(roundOf(60), OPENED_AT + 59_999)).toEqual({ id, delaySeconds: 1 });
    expect(roundTimer(roundOf(60), OPENED_AT + 70_000)).toEqual({ id, delaySeconds: 0 });
  });

  it('is left to the sweep where SQS can’t wait that long', () => {
    expect(roundTimer(roundOf(QUEUE_DELAY_SECONDS_MAX), OPENED_AT)).toBeDefined();
    expect(roundTimer(roundOf(QUEUE_DELAY_SECONDS_MAX + 1), OPENED_AT)).toBeUndefined();
  });
});
