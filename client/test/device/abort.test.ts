import { describe, expect, it } from 'vitest';
import { neverAborted, unlessAborted } from '../../src/device/abort.ts';

describe('unlessAborted', () => {
  it('settles as the work does', async () => {
    await expect(unlessAborted(Promise.resolve(7), neverAborted())).resolves.toBe(7);
    const error = new Error('Failed');
    await expect(unlessAborted(Promise.reject(error), neverAborted())).rejects.toBe(error);
  });

  it('rejects with the reason at once, and ignores what the work comes to', async () => {
    const controller = new AbortController();
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    const waiting = unlessAborted(work, controller.signal);
    const reason = new Error('Enough');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    // Were this rejection nobody's, the test run would fail of it.
    fail(new Error('Failed later'));
    await new Promise((resolve) => setTimeout(resolve));
  });

  it('rejects when work and abort end together', async () => {
    const controller = new AbortController();
    const work = Promise.resolve().then(() => controller.abort('Enough'));
    await expect(unlessAborted(work, controller.signal)).rejects.toBe('Enough');
    await expect(unlessAborted(Promise.resolve(1), controller.signal)).rejects.toBe('Enough');
  });

  it('leaves no listener behind', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listeners += 1;
      add(...given);
    };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...given);
    };
    await unlessAborted(Promise.resolve(), signal);
    await unlessAborted(Promise.reject(new Error('Failed')), signal).catch(() => undefined);
    expect(listeners).toBe(0);
  });
});
