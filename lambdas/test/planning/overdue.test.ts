import type { SealMember, SealObject, Task } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { newRound } from '../../src/planning/new-round.ts';
import { type InputTimes, isOverdue } from '../../src/planning/overdue.ts';
import { MODEL, OPENED_AT, planOf, pseudonym, SETTINGS } from '../support/federation.ts';

const MINUTE = 60_000;
const ID = { schema: 1, model: MODEL, round: 1 } as const;

const round = newRound({
  plan: planOf(),
  round: 1,
  base: { version: 0, files: [{ name: 'f', bytes: 1, sha256: '0'.repeat(64) }] },
  settings: SETTINGS,
  remaining: 0,
  requestId: 'r',
  seed: '0'.repeat(32),
  now: OPENED_AT,
});

function member(bytes: number): SealMember {
  return {
    device: pseudonym(1),
    etag: '"e"',
    sha256: '0'.repeat(64),
    bytes,
    dataOffset: 0,
    exampleCount: 1,
    weight: 1,
    metrics: {},
  };
}

/** A final seal of one group, written a minute after the close. */
function sealOf(members: readonly SealMember[]): SealObject {
  const sealedAt = OPENED_AT + MINUTE;
  return {
    ...ID,
    group: 0,
    seal: 0,
    final: true,
    sealedAt,
    members,
    rejected: [],
    surplus: [],
  };
}

function timesOf(fields: Partial<InputTimes>): InputTimes {
  return {
    round,
    closedAt: OPENED_AT,
    seals: [[]],
    partials: new Map(),
    versionAt: undefined,
    ...fields,
  };
}

/** The first moment from which a task is sent again, in milliseconds after the opening. */
function sentAgainAt(task: Task, times: InputTimes, patienceMs = 30_000): number {
  for (let ms = 12 * MINUTE; ms < 60 * MINUTE; ms += 1_000) {
    if (isOverdue(task, times, { now: OPENED_AT + ms, patienceMs })) return ms;
  }
  throw new Error('Never');
}

describe('A due task', () => {
  const fold = { ...ID, task: 'fold', group: 0, seal: 0, shard: 0 } as const;

  it('of a large fold is given the time its members take, 25 MB a second', () => {
    const seals = [[sealOf(Array.from({ length: 200 }, () => member(100_000_000)))]];
    const times = timesOf({ seals });
    // 20 GB: 800 s, 10 ms a member, and the patience after the seal.
    expect(sentAgainAt(fold, times)).toBe(MINUTE + 832_000);
  });

  it('is given no more than an invocation lives', () => {
    const seals = [[sealOf(Array.from({ length: 2_000 }, () => member(100_000_000)))]];
    expect(sentAgainAt(fold, timesOf({ seals }))).toBe(MINUTE + 15 * MINUTE);
    expect(sentAgainAt(fold, timesOf({ seals }), 20 * MINUTE)).toBe(MINUTE + 15 * MINUTE);
  });

  it('of a merge is given time from the newest partial on', () => {
    const seals = [[sealOf([member(1_000_000_000)])]];
    const partials = new Map([
      ['partials/0/m/1/0/0', OPENED_AT + 2 * MINUTE],
      ['partials/1/m/1/0/0', OPENED_AT + 12 * MINUTE],
    ]);
    const merge = { ...ID, task: 'merge', shard: 0 } as const;
    // 250 million elements, 8 bytes of each partial, 4 of base and version: 6 GB; the test looks once a second.
    expect(sentAgainAt(merge, timesOf({ seals, partials }))).toBe(12 * MINUTE + 271_000);
  });
});
