import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Schedule, type ScheduleDefinition } from '../../../src/local-cloud/scheduler/schedule.ts';
import {
  parseScheduleExpression,
  type ScheduleTime,
} from '../../../src/local-cloud/scheduler/schedule-expression.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

describe('parseScheduleExpression (F17)', () => {
  it.each([
    ['rate(1 minute)', MINUTE_MS],
    ['rate(2 minutes)', 2 * MINUTE_MS],
    ['rate(1 hour)', 60 * MINUTE_MS],
    ['rate(12 hours)', 720 * MINUTE_MS],
    ['rate(1 day)', DAY_MS],
    ['rate(30 days)', 30 * DAY_MS],
  ])('reads %s as %i ms', (expression, periodMs) => {
    expect(parseScheduleExpression(expression)).toEqual({ kind: 'rate', periodMs });
  });

  it('reads a single time as UTC', () => {
    expect(parseScheduleExpression('at(1970-01-02T00:00:01)')).toEqual({
      kind: 'at',
      timeMs: DAY_MS + 1_000,
    });
  });

  it.each([
    'rate(1 minutes)',
    'rate(2 minute)',
    'rate(30 seconds)',
    'rate(1 second)',
    'rate(1.5 minutes)',
    'rate(0 minutes)',
    'rate(-1 minutes)',
    'rate(01 minute)',
    'rate(1  minute)',
    ' rate(1 minute)',
    'Rate(1 minute)',
    'rate(1 week)',
    'at(2026-13-01T00:00:00)',
    'at(2026-01-01)',
    'cron(0 12 * * ? *)',
    '',
  ])('refuses %j', (expression) => {
    expect(parseScheduleExpression(expression)).toBeUndefined();
  });
});

describe('Schedule', () => {
  const define = (time: ScheduleTime, isEnabled = true): ScheduleDefinition => ({
    ...{ name: 's', arn: 'arn', expression: '', time, isEnabled },
    ...{ targetArn: 'target', input: '{}', described: {}, createdAtMs: 0, modifiedAtMs: 0 },
  });

  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('fires at the end of each period until it is stopped', () => {
    const fire = vi.fn();
    const schedule = new Schedule(define({ kind: 'rate', periodMs: MINUTE_MS }), fire);
    vi.advanceTimersByTime(MINUTE_MS - 1);
    expect(fire).toHaveBeenCalledTimes(0);
    vi.advanceTimersByTime(1);
    expect(fire).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(3 * MINUTE_MS);
    expect(fire).toHaveBeenCalledTimes(4);
    schedule.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fires once at a single time, and at once if that is past', () => {
    const fire = vi.fn();
    new Schedule(define({ kind: 'at', timeMs: Date.now() + 5_000 }), fire);
    new Schedule(define({ kind: 'at', timeMs: 0 }), fire);
    vi.advanceTimersByTime(4_999);
    expect(fire).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    expect(fire).toHaveBeenCalledTimes(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps a period longer than a Node timer can', () => {
    const fire = vi.fn();
    const schedule = new Schedule(define({ kind: 'rate', periodMs: 60 * DAY_MS }), fire);
    vi.advanceTimersByTime(60 * DAY_MS - 1);
    expect(fire).toHaveBeenCalledTimes(0);
    vi.advanceTimersByTime(1);
    expect(fire).toHaveBeenCalledTimes(1);
    schedule.stop();
  });

  it('does nothing while it is disabled', () => {
    new Schedule(define({ kind: 'rate', periodMs: MINUTE_MS }, false), () => undefined);
    expect(vi.getTimerCount()).toBe(0);
  });
});
