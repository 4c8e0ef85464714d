import * as tf from '@tensorflow/tfjs';
import { prepareEngine, trainerFor, weightsOf } from '@tributary/client/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SMALL_TRAINING, smallClassifier, smallData } from './support/models.ts';

beforeAll(async () => {
  await prepareEngine();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

const plan = { training: SMALL_TRAINING };

describe('progress and abort', () => {
  it('every batch is reported once, in order', async () => {
    const model = smallClassifier();
    const done: [number, number, number][] = [];
    await trainerFor(model, smallData(40))(weightsOf(model), plan, {
      onProgress: (p) => {
        expect(p).toMatchObject({ unit: 'batch', loss: expect.any(Number) });
        done.push([p.done, p.total, p.epoch]);
      },
    });
    expect(done).toEqual([
      [1, 6, 0],
      [2, 6, 0],
      [3, 6, 0],
      [4, 6, 1],
      [5, 6, 1],
      [6, 6, 1],
    ]);
  });

  it('F24: an abort at half of training ends it with the signal’s reason, frees all, and the next training works', async () => {
    for (const source of ['model', 'maker']) {
      const model = source === 'model' ? smallClassifier() : undefined;
      const data = smallData(160);
      const weights = weightsOf(model ?? smallClassifier());
      const train = trainerFor(model ?? (async () => smallClassifier()), data);
      const whole = await train(weights, plan);
      const before = tf.memory().numTensors;
      const controller = new AbortController();
      const reason = new Error('The user left');
      const reported: number[] = [];
      const aborted = train(weights, plan, {
        signal: controller.signal,
        onProgress: ({ done, total }) => {
          reported.push(done);
          // From outside, as a user would: it must get through between two batches.
          if (done === total / 2) setImmediate(() => controller.abort(reason));
        },
      });
      await expect(aborted).rejects.toBe(reason);
      expect(reported.at(-1)).toBeLessThan(20);
      expect(reported.length).toBeGreaterThanOrEqual(10);
      expect(tf.memory().numTensors).toBe(before);
      expect(await train(weights, plan)).toEqual(whole);
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('an abort while another training has the model does not wait for it', async () => {
    const model = smallClassifier();
    const data = smallData(64);
    const weights = weightsOf(model);
    const order: string[] = [];
    const controller = new AbortController();
    const first = trainerFor(model, data)(weights, plan, {
      onProgress: () => controller.abort(),
    }).then(() => order.push('first'));
    const { signal } = controller;
    const second = trainerFor(model, data)(weights, plan, { signal }).catch((reason: unknown) => {
      expect(reason).toBe(signal.reason);
      order.push('aborted');
    });
    const third = trainerFor(model, data)(weights, plan).then(() => order.push('third'));
    await Promise.all([first, second, third]);
    expect(order).toEqual(['aborted', 'first', 'third']);
  });

  it('an abort before the start trains nothing', async () => {
    const model = smallClassifier();
    const weights = weightsOf(model);
    const signal = AbortSignal.abort();
    await expect(
      trainerFor(model, smallData(16))(weights, plan, {
        signal,
        onProgress: () => expect.unreachable(),
      }),
    ).rejects.toBe(signal.reason);
    expect(weightsOf(model)).toEqual(weights);
  });

  it('F25: training goes on where frames never come', async () => {
    const frames = vi.fn(() => 0);
    vi.stubGlobal('requestAnimationFrame', frames);
    const model = smallClassifier();
    const { exampleCount } = await trainerFor(model, smallData(64))(weightsOf(model), plan);
    expect(exampleCount).toBe(64);
    // As in a browser, which has messages only.
    vi.stubGlobal('setImmediate', undefined);
    expect(await trainerFor(model, smallData(64))(weightsOf(model), plan)).toMatchObject({
      exampleCount: 64,
    });
    expect(frames).not.toHaveBeenCalled();
  });

  it('timers and messages get their turn between batches', async () => {
    const model = smallClassifier();
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    let seen = 0;
    await trainerFor(model, smallData(400))(weightsOf(model), plan, {
      onProgress: () => {
        seen = turns;
      },
    });
    clearInterval(timer);
    expect(seen).toBeGreaterThan(0);
  });
});
