import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Progress, TrainFunction } from '../../src/index.ts';
import { FakeWorld } from './support/fake-world.ts';
import { addQuarter, deviceIn } from './support/participants.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

/** Aborts when the world comes to the stated point; `true` from `isPoint` is that point. */
async function participateAborted(setUp: {
  world: FakeWorld;
  train?: TrainFunction;
  isPoint?: (progress: Progress) => boolean;
  controller: AbortController;
}) {
  const { world, controller, isPoint = () => false } = setUp;
  const { device, train } = deviceIn(world, setUp.train);
  const late: Progress[] = [];
  const onProgress = (progress: Progress) => {
    if (controller.signal.aborted) late.push(progress);
    else if (isPoint(progress)) controller.abort();
  };
  const rejections: unknown[] = [];
  await device
    .participate('digits', { signal: controller.signal, onProgress })
    .catch((error: unknown) => rejections.push(error));
  const requests = world.requests.length;
  // Whatever was under way settles before the world is looked at again.
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(rejections).toEqual([controller.signal.reason]);
  expect(rejections[0]).toMatchObject({ name: 'AbortError' });
  expect(late).toEqual([]);
  expect(world.requests).toHaveLength(requests);
  return { device, train };
}

describe('F24: aborting a participation', () => {
  it('at half of the download sends nothing more and trains nothing', async () => {
    const world = new FakeWorld();
    const { device, train } = await participateAborted({
      world,
      controller: new AbortController(),
      isPoint: ({ phase, done }) => phase === 'download' && done > 0,
    });
    expect(world.kinds()).toBe('check-in get');
    expect(train).not.toHaveBeenCalled();
    expect(await device.participate('digits')).toMatchObject({ kind: 'accepted' });
  });

  it('at half of training uploads nothing', async () => {
    const world = new FakeWorld();
    const { device } = await participateAborted({
      world,
      controller: new AbortController(),
      isPoint: ({ phase, done }) => phase === 'training' && done === 1,
    });
    expect(world.kinds()).toBe('check-in get');
    expect(await device.participate('digits')).toMatchObject({ kind: 'accepted' });
  });

  it('does not wait for a train function that ignores the signal, nor let two run at once', async () => {
    const world = new FakeWorld();
    const controller = new AbortController();
    let finish: () => void = () => undefined;
    let running = 0;
    let runningMost = 0;
    const stubborn: TrainFunction = async (weights, plan, context) => {
      running += 1;
      runningMost = Math.max(runningMost, running);
      await new Promise<void>((resolve) => {
        finish = resolve;
        controller.abort();
      });
      running -= 1;
      return addQuarter(weights, plan, context);
    };
    const { device, train } = await participateAborted({ world, controller, train: stubborn });
    const next = device.participate('digits');
    await vi.waitFor(() => expect(world.count('get')).toBe(2));
    expect(train).toHaveBeenCalledTimes(1);
    finish();
    await vi.waitFor(() => expect(train).toHaveBeenCalledTimes(2));
    finish();
    expect(await next).toMatchObject({ kind: 'accepted' });
    expect(runningMost).toBe(1);
  });

  it("throws the signal's reason, not what the train function makes of it", async () => {
    const controller = new AbortController();
    const train: TrainFunction = () => {
      controller.abort();
      throw new Error('Training was interrupted');
    };
    await participateAborted({ world: new FakeWorld(), controller, train });
  });

  it('while hashing uploads nothing', async () => {
    const world = new FakeWorld();
    const controller = new AbortController();
    const digest = crypto.subtle.digest.bind(crypto.subtle);
    const spy = vi.spyOn(crypto.subtle, 'digest').mockImplementation((algorithm, data) => {
      // The first digest is the download's, the second the update's.
      if (spy.mock.calls.length === 2) controller.abort();
      return digest(algorithm, data);
    });
    const { device } = await participateAborted({ world, controller });
    expect(world.kinds()).toBe('check-in get');
    expect(await device.participate('digits')).toMatchObject({ kind: 'accepted' });
  });

  it('during the upload ends the request', async () => {
    const world = new FakeWorld();
    const controller = new AbortController();
    world.script('put', ({ signal }) => {
      queueMicrotask(() => controller.abort());
      return untilAborted(signal);
    });
    const { device } = await participateAborted({ world, controller });
    expect(world.kinds()).toBe('check-in get slot put');
    expect(world.requests.at(-1)?.signal.aborted).toBe(true);
    expect(await device.participate('digits')).toMatchObject({ kind: 'accepted' });
  });

  it('between upload and outcome asks nothing more; the update may still count', async () => {
    const world = new FakeWorld();
    const { device } = await participateAborted({
      world,
      controller: new AbortController(),
      isPoint: ({ phase, done }) => phase === 'upload' && done > 0,
    });
    expect(world.kinds()).toBe('check-in get slot put');
    expect(await device.participate('digits')).toMatchObject({ kind: 'accepted' });
  });

  it.each(['check-in', 'slot', 'outcome'] as const)(
    'during the %s request ends it',
    async (kind) => {
      const world = new FakeWorld();
      const controller = new AbortController();
      world.script(kind, ({ signal }) => {
        queueMicrotask(() => controller.abort());
        return untilAborted(signal);
      });
      await participateAborted({ world, controller });
      expect(world.count(kind)).toBe(1);
    },
  );

  it('while waiting to ask again asks no more', async () => {
    const controller = new AbortController();
    const world = new FakeWorld().script('outcome', () => {
      setTimeout(() => controller.abort());
      return Response.json({ schema: 1, kind: 'received', sealed: true, retryAfterSeconds: 1 });
    });
    const { environment } = world;
    Object.assign(environment, {
      sleep: (_ms: number, signal: AbortSignal) => untilAborted(signal),
    });
    await participateAborted({ world, controller });
    expect(world.count('outcome')).toBe(1);
  });

  it('before it began sends nothing', async () => {
    const controller = new AbortController();
    controller.abort();
    const world = new FakeWorld();
    await participateAborted({ world, controller });
    expect(world.requests).toEqual([]);
  });

  it('throws a reason of the caller as it is', async () => {
    const controller = new AbortController();
    const reason = { because: 'the screen went dark' };
    const { device } = deviceIn(new FakeWorld(), () => {
      controller.abort(reason);
      return new Promise(() => undefined);
    });
    await expect(device.participate('digits', { signal: controller.signal })).rejects.toBe(reason);
  });
});
