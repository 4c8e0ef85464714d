import { beforeEach, describe, expect, it } from 'vitest';
import { claim } from '../../src/steps/claim.ts';
import { type OpenRound, openRound } from '../../src/steps/step.ts';
import { CountingStore } from '../support/counting-store.ts';
import {
  contextOn,
  createModel,
  MODEL,
  OPENED_AT,
  openFirstRound,
  planOf,
} from '../support/federation.ts';

const WORK = { requests: 1_000, bytes: 0 };
/** 30 s of patience and 10 ms for each request. */
const GIVEN_MS = 40_000;

describe('A claim', () => {
  const clock = { now: OPENED_AT };
  let store: CountingStore;
  let open: OpenRound;

  beforeEach(async () => {
    clock.now = OPENED_AT;
    store = new CountingStore(() => clock.now);
    await createModel(store, planOf());
    await openFirstRound(store);
    const opened = await openRound(contextOn(store), { model: MODEL, round: 1 });
    if (opened === undefined) throw new Error('Round is not open');
    open = opened;
  });

  /** Of another function each time. */
  const claimNow = (name = 'fold-0-0-0', work = WORK) =>
    claim({ ...contextOn(store), now: () => clock.now }, open, { name, work });

  it('is granted once for the time that the work is given, wherever a window begins', async () => {
    for (const offset of [0, 1, GIVEN_MS / 2, GIVEN_MS - 1]) {
      const name = `fold-${offset}`;
      clock.now = OPENED_AT + offset;
      expect(await claimNow(name)).toBe(true);
      expect(await claimNow(name)).toBe(false);
      clock.now += GIVEN_MS - 1;
      expect(await claimNow(name)).toBe(false);
      clock.now += 1;
      expect(await claimNow(name)).toBe(true);
      expect(await claimNow(name)).toBe(false);
    }
  });

  it('of one piece of work is none of another', async () => {
    expect(await claimNow('seal-0-0')).toBe(true);
    expect(await claimNow('seal-0-1')).toBe(true);
  });

  it('is granted to one of many that ask at once', async () => {
    const granted = await Promise.all(Array.from({ length: 20 }, () => claimNow()));
    expect(granted.filter(Boolean)).toHaveLength(1);
  });

  it('is not written for work that costs less than the claim', async () => {
    store.reset();
    expect(await claimNow('seal-0-0', { requests: 31, bytes: 0 })).toBe(true);
    expect(await claimNow('seal-0-0', { requests: 31, bytes: 0 })).toBe(true);
    expect(store.count('put claims', 'head claims')).toBe(0);
  });
});
