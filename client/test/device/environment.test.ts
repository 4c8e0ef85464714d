import { describe, expect, it, vi } from 'vitest';
import { globalEnvironment } from '../../src/device/environment.ts';

describe('globalEnvironment', () => {
  it('sleeps until the time is over', async () => {
    await expect(globalEnvironment.sleep(1, new AbortController().signal)).resolves.toBeUndefined();
  });

  it('wakes with the reason of an abort, before or during sleep', async () => {
    const controller = new AbortController();
    const sleeping = globalEnvironment.sleep(2 ** 40, controller.signal);
    controller.abort();
    await expect(sleeping).rejects.toBe(controller.signal.reason);
    await expect(globalEnvironment.sleep(1, controller.signal)).rejects.toBe(
      controller.signal.reason,
    );
  });

  it('does not take a very long time for a very short one', () => {
    const spy = vi.spyOn(globalThis, 'setTimeout');
    globalEnvironment.startTimer(2 ** 40, () => undefined)();
    expect(spy).toHaveBeenCalledWith(expect.any(Function), 2 ** 31 - 1);
    spy.mockRestore();
  });

  it('calls a timer back unless it was cancelled', async () => {
    const called = vi.fn();
    globalEnvironment.startTimer(0, () => called('cancelled'))();
    await new Promise<void>((resolve) => globalEnvironment.startTimer(1, resolve));
    expect(called).not.toHaveBeenCalled();
  });
});
