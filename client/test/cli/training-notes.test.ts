import type { TrainContext, TrainingPlan } from '@tributary/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { noteTraining } from '../../src/cli/training-notes.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const plan = { model: 'digits' } as TrainingPlan;
const result = { delta: {}, exampleCount: 1 };

/** Starts a training that ends when `end` is called. */
function started() {
  const note = vi.fn<(line: string) => void>();
  const controller = new AbortController();
  let end: () => void = () => undefined;
  const promise = new Promise<typeof result>((resolve) => {
    end = () => resolve(result);
  });
  let report: TrainContext['onProgress'] = () => undefined;
  const train = noteTraining((_weights, _plan, { onProgress }) => {
    report = onProgress;
    return promise;
  }, note);
  const onProgress = vi.fn();
  const { signal } = controller;
  const work = Promise.resolve(train({}, plan, { signal, onProgress }));
  return {
    note,
    controller,
    onProgress,
    work,
    report: () => report({ done: 1, total: 9 }),
    end: () => end(),
  };
}

test('a training that reports nothing is noted when it begins and while it runs', async () => {
  const { note, work, end } = started();
  expect(note.mock.calls).toEqual([['Selected for a round of model digits; training begins']]);
  vi.advanceTimersByTime(65_000);
  expect(note.mock.calls.slice(1)).toEqual([
    ['Training: still running after 30 s'],
    ['Training: still running after 60 s'],
  ]);
  end();
  expect(await work).toBe(result);
  expect(vi.getTimerCount()).toBe(0);
});

test('what the script reports is passed on and takes the place of the lines', () => {
  const { note, onProgress, report } = started();
  vi.advanceTimersByTime(29_000);
  report();
  vi.advanceTimersByTime(1_000);
  expect(onProgress).toHaveBeenCalledWith({ done: 1, total: 9 });
  expect(note).toHaveBeenCalledTimes(1);
});

test('an abort ends the lines, also of a script that runs on', () => {
  const { note, controller } = started();
  controller.abort();
  vi.advanceTimersByTime(120_000);
  expect(note).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
});
