import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  ATTEMPTS_MIN,
  type Attempt,
  BACKOFF_CAP_MS,
  NOBODY_THERE_TOTAL_MS,
  RETRY_TOTAL_MS,
  retryAfterSeconds,
  withRetries,
} from '../../src/device/retry.ts';
import { InvocationFailedError } from '../../src/index.ts';

const error = new InvocationFailedError('Busy', { code: 'busy' });

function fakeTime(random: () => number) {
  const sleeps: number[] = [];
  let now = 0;
  const environment = {
    fetch: () => Promise.reject(new Error('No network here')),
    now: () => now,
    random,
    sleep: async (ms: number) => {
      sleeps.push(ms);
      now += ms;
    },
    startTimer: () => () => undefined,
  };
  const pass = (ms: number) => {
    now += ms;
  };
  return { environment, sleeps, pass, signal: new AbortController().signal };
}

describe('withRetries', () => {
  it('waits a random time below a doubling, capped bound and gives up in time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        async (chances) => {
          const time = fakeTime(() => chances.next().value ?? 0.5);
          const attempt = vi.fn(async (): Promise<Attempt<never>> => {
            time.pass(1_000);
            return { kind: 'again', error };
          });
          await expect(withRetries(attempt, time)).rejects.toBe(error);
          for (const [index, ms] of time.sleeps.entries()) {
            expect(ms).toBeLessThanOrEqual(Math.min(BACKOFF_CAP_MS, 500 * 2 ** index));
          }
          expect(attempt.mock.calls.length).toBeGreaterThan(ATTEMPTS_MIN);
          expect(time.environment.now()).toBeLessThanOrEqual(RETRY_TOTAL_MS + 1_000);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('tells of each wait before it: the attempt, its error and when the next one begins', async () => {
    const time = fakeTime(() => 0.5);
    const attempt = vi
      .fn(async (): Promise<Attempt<string>> => ({ kind: 'done', value: 'here' }))
      .mockResolvedValueOnce({ kind: 'again', error })
      .mockResolvedValueOnce({ kind: 'again', error, retryAfterSeconds: 2 });
    const onWait = vi.fn(() => {
      expect(time.sleeps).toHaveLength(onWait.mock.calls.length - 1);
    });
    expect(await withRetries(attempt, { ...time, onWait })).toBe('here');
    expect(onWait.mock.calls).toEqual([
      [{ attempt: 1, error, retryAt: 250 }],
      [{ attempt: 2, error, retryAt: 250 + 2_500 }],
    ]);
  });

  it('gives an address where nobody ever was up sooner', async () => {
    const time = fakeTime(() => 0.999);
    const attempt = async (): Promise<Attempt<never>> => ({
      kind: 'again',
      error,
      isNobodyThere: true,
    });
    const bounds = { nobodyThereTotalMs: NOBODY_THERE_TOTAL_MS };
    await expect(withRetries(attempt, { ...time, ...bounds })).rejects.toBe(error);
    expect(time.environment.now()).toBeLessThanOrEqual(NOBODY_THERE_TOTAL_MS);
    expect(time.environment.now()).toBeGreaterThan(NOBODY_THERE_TOTAL_MS / 4);
  });

  it('is as patient as ever once somebody was there', async () => {
    const time = fakeTime(() => 0.5);
    let count = 0;
    const attempt = async (): Promise<Attempt<never>> => {
      count += 1;
      return { kind: 'again', error, isNobodyThere: count !== 2 };
    };
    const bounds = { nobodyThereTotalMs: NOBODY_THERE_TOTAL_MS };
    await expect(withRetries(attempt, { ...time, ...bounds })).rejects.toBe(error);
    expect(time.environment.now()).toBeGreaterThan(RETRY_TOTAL_MS / 2);
  });

  it('makes a few attempts even when each takes longer than the total', async () => {
    const time = fakeTime(() => 0.5);
    const attempt = vi.fn(async (): Promise<Attempt<never>> => {
      time.pass(RETRY_TOTAL_MS);
      return { kind: 'again', error };
    });
    await expect(withRetries(attempt, time)).rejects.toBe(error);
    expect(attempt).toHaveBeenCalledTimes(ATTEMPTS_MIN);
  });

  it('does not wait for a retry-after longer than the total', async () => {
    const time = fakeTime(() => 0.5);
    const attempt = async (): Promise<Attempt<never>> => ({
      kind: 'again',
      error,
      retryAfterSeconds: 301,
    });
    await expect(withRetries(attempt, time)).rejects.toBe(error);
    expect(time.sleeps).toEqual([]);
  });

  it('passes on what an attempt throws', async () => {
    const fatal = new Error('Refused');
    const attempt = vi.fn().mockRejectedValue(fatal);
    await expect(
      withRetries(
        attempt,
        fakeTime(() => 0),
      ),
    ).rejects.toBe(fatal);
    expect(attempt).toHaveBeenCalledTimes(1);
  });
});

describe('retryAfterSeconds', () => {
  const now = Date.UTC(2030, 0, 1);
  it.each([
    [null, undefined],
    ['0', 0],
    ['120', 120],
    [' 3 ', 3],
    ['Tue, 01 Jan 2030 00:01:00 GMT', 60],
    ['Mon, 31 Dec 2029 23:59:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    ['99999999999999999999', undefined],
  ])('reads %o as %o', (header, seconds) => {
    expect(retryAfterSeconds(header, now)).toBe(seconds);
  });
});
