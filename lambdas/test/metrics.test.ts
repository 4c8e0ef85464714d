import { describe, expect, it } from 'vitest';
import { measurementsOf } from '../src/metrics.ts';

const EVENT = { level: 'info', model: 'm', round: 1 } as const;

describe('The measurements of an event', () => {
  it('are the reason and the rejections of an aborted round', () => {
    const event = { ...EVENT, event: 'round-aborted', reason: 'stalled', durationMs: 5 };
    expect(measurementsOf({ ...event, rejectedCounts: { 'wrong-shape': 3 } })).toEqual([
      {
        name: 'RoundsAborted',
        unit: 'Count',
        value: 1,
        dimension: { name: 'reason', value: 'stalled' },
      },
      { name: 'RoundDuration', unit: 'Milliseconds', value: 5 },
      {
        name: 'UpdatesRejected',
        unit: 'Count',
        value: 3,
        dimension: { name: 'code', value: 'wrong-shape' },
      },
    ]);
  });

  it('are bytes a second of a partial, where time has passed', () => {
    const event = { ...EVENT, event: 'partial-written', bytes: 3_000 };
    expect(measurementsOf({ ...event, durationMs: 2 })).toEqual([
      { name: 'FoldRate', unit: 'Bytes/Second', value: 1_500_000 },
    ]);
    expect(measurementsOf({ ...event, durationMs: 0 })).toEqual([]);
  });

  it('are none of what any number of tries may log', () => {
    for (const event of ['task-done', 'task-failed', 'round-closed', 'hint-lost']) {
      expect(measurementsOf({ ...EVENT, event, durationMs: 1 })).toEqual([]);
    }
  });
});
