/** Calls that are wrong in part: the message says which part, in words that fit. */
import * as tf from '@tensorflow/tfjs';
import { TensorHook, VirtualWorker } from '@tributary/client';
import { beforeAll, expect, it } from 'vitest';

const hook = new TensorHook(tf);
const bob = new VirtualWorker(hook, { id: 'bob' });
const alice = new VirtualWorker(hook, { id: 'alice' });

/** What an untyped program sees. */
const loose = (value: unknown) => value as Record<PropertyKey, (...args: unknown[]) => unknown>;
const pointer = () => tf.tensor2d([[1, 2, 3]]).send(bob);

function refusal(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('Nothing was refused');
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

it('ranges of PyTorch say how indices are written', () => {
  const p = loose(pointer());
  for (const name of ['1:3', ':', '::2', '0, 1:3', '-1']) {
    expect(refusal(() => p[name])).toMatch(/write at\(0\)/);
  }
  const stop =
    /^at\(\) got an object with "stop" for dimension 0, expected .*{ start, end } or null/;
  expect(refusal(() => p['at']?.({ start: 0, stop: 1 }))).toMatch(stop);
  expect(refusal(() => p['at']?.({ step: 2 }))).toMatch(
    /with "step" .*hook\.tf\.stridedSlice steps/,
  );
});

it('one argument is no "1 arguments"', () => {
  const plan = hook.plan((a, b) => a.add(b));
  expect(refusal(() => loose(plan)['run']?.call(plan, bob, pointer()))).toBe(
    'The plan got 1 argument, it takes 2; give run() the worker and one for each parameter of its function',
  );
  expect(refusal(() => loose(pointer())['copy']?.(bob))).toMatch(/^copy\(\) got 1 argument, /);
});

it('typed arrays of integers as operands say what to write', () => {
  expect(refusal(() => hook.tf.gather(pointer(), Int32Array.of(0) as never))).toMatch(
    /got an Int32Array in indices, expected .* or lists of them; write Array\.from/,
  );
});

it('a worker keeps its id and its hook', () => {
  expect(() => Object.assign(bob, { id: 'alice' })).toThrow(TypeError);
  expect(() => Object.assign(bob, { hook: undefined })).toThrow(TypeError);
  expect(bob.id).toBe('bob');
});

it('two pointers are told apart by test programs, and a scalar has no rows', () => {
  for (const make of [
    pointer,
    () => tf.scalar(1).send(bob),
    () => tf.ones([2, 2]).send(bob, alice),
  ]) {
    const [p, q] = [make(), make()];
    expect(p).toBe(p);
    expect(p).not.toBe(q);
    expect(p).not.toEqual(q);
    expect([p]).not.toStrictEqual([q]);
  }
  const scalar = tf.scalar(1).send(bob);
  expect(refusal(() => [...scalar])).toMatch(/iterable|Spread/);
  expect([...pointer()]).toHaveLength(1);
});
