import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { logOf } from '../src/log.ts';

let lines: Record<string, unknown>[];

beforeEach(() => {
  lines = [];
  vi.stubEnv('TRIBUTARY_BUCKET', 'digits-federation');
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((line) => lines.push(JSON.parse(`${line}`)) > 0);
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('A line of the log', () => {
  it('says what happened, where, and with which names and numbers', () => {
    const log = logOf('aggregator');
    log({ level: 'info', event: 'task-done', model: 'm', round: 3, task: 'fold', durationMs: 12 });
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'INFO',
        message: 'task-done',
        event: 'task-done',
        service: 'aggregator',
        federation: 'digits-federation',
        timestamp: expect.any(String),
        model: 'm',
        round: 3,
        task: 'fold',
        durationMs: 12,
      }),
    ]);
  });

  it('has an error’s own message and code', () => {
    const log = logOf('coordinator');
    log({ level: 'error', event: 'task-failed', message: 'Partial is gone', code: 'partial-lost' });
    expect(lines).toMatchObject([
      { level: 'ERROR', event: 'task-failed', message: 'Partial is gone', code: 'partial-lost' },
    ]);
  });

  it('comes to be without a bucket too', () => {
    vi.stubEnv('TRIBUTARY_BUCKET', undefined);
    logOf('coordinator')({ level: 'warn', event: 'hint-lost' });
    expect(lines).toMatchObject([{ level: 'WARN', federation: 'unknown' }]);
  });
});

describe('The end of a round', () => {
  it('is a line and its metrics, with few dimensions', () => {
    logOf('aggregator')({
      level: 'info',
      event: 'round-published',
      model: 'm',
      round: 3,
      included: 18,
      durationMs: 90_000,
      rejectedCounts: { 'non-finite': 2 },
    });
    const [line, ...metrics] = lines;
    expect(line).toMatchObject({ event: 'round-published', included: 18 });
    const named = { service: 'aggregator', federation: 'digits-federation' };
    expect(metrics).toMatchObject([
      { ...named, RoundsPublished: 1 },
      { ...named, UpdatesAccepted: 18 },
      { ...named, RoundDuration: 90_000 },
      { ...named, UpdatesRejected: 2, code: 'non-finite' },
    ]);
    expect(metrics.at(-1)).toMatchObject({
      _aws: {
        CloudWatchMetrics: [
          {
            Namespace: 'Tributary',
            Dimensions: [expect.arrayContaining(['service', 'federation', 'code'])],
            Metrics: [{ Name: 'UpdatesRejected', Unit: 'Count' }],
          },
        ],
      },
    });
  });
});
