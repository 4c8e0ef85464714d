import { describe, expect, it } from 'vitest';
import { CollectThrottle } from '../../src/aggregator/collect-throttle.ts';

describe('CollectThrottle', () => {
  it('looks at once, then once more at the end of the interval, whatever comes between', () => {
    const throttle = new CollectThrottle(2_000);
    expect(throttle.admit('m 1', 0)).toBe('now');
    expect(throttle.admit('m 1', 100)).toBe('later');
    expect(throttle.admit('m 1', 200)).toBe('covered');
    expect(throttle.admit('m 1', 1_999)).toBe('covered');
    expect(throttle.admit('m 1', 2_000)).toBe('now');
  });

  it('keeps rounds apart and asks SQS for whole seconds', () => {
    const throttle = new CollectThrottle(500);
    expect(throttle.admit('m 1', 0)).toBe('now');
    expect(throttle.admit('m 2', 0)).toBe('now');
    expect(throttle.intervalSeconds).toBe(1);
  });

  it('with interval 0 always looks', () => {
    const throttle = new CollectThrottle(0);
    expect(throttle.admit('m 1', 5)).toBe('now');
    expect(throttle.admit('m 1', 5)).toBe('now');
  });
});
