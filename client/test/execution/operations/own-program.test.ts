import * as tf from '@tensorflow/tfjs';
import { TensorHook, VirtualWorker } from '@tributary/client';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runOperation } from '../../../src/execution/operations/run-operation.ts';
import { withSafeBackend } from '../../../src/execution/operations/safe-backend.ts';

const hook = new TensorHook(tf);
const bob = new VirtualWorker(hook, { id: 'bob' });

beforeAll(() => tf.setBackend('cpu'));

/** A command, and a gradient of several kernels. */
async function useWorker(): Promise<number[]> {
  const x = tf.tensor1d([1, 2]).send(bob);
  const { grads } = hook.valueAndGrads((y) => y.mul(y).add(y.sigmoid()).sum())([x]);
  const [sum, gradient] = await Promise.all([x.add(1).sum().get(), grads[0].get()]);
  const numbers = [...sum.dataSync(), ...gradient.dataSync()];
  tf.dispose([sum, gradient]);
  return numbers;
}

describe('a worker in a program', () => {
  let expected: number[];

  beforeEach(async () => {
    expected = await useWorker();
  });

  afterEach(() => {
    tf.env().set('DEBUG', false);
    tf.env().set('IS_TEST', false);
    vi.restoreAllMocks();
  });

  it('whose count of bytes is no number any more goes on', async () => {
    tf.cumsum(tf.zeros([2, 3, 4]), -1);
    expect(tf.memory().numBytes).toBeNaN();
    expect(await useWorker()).toEqual(expected);
  });

  it('whose count of bytes is below zero is bounded all the same', async () => {
    const { state } = tf.engine();
    const before = state.numBytes;
    state.numBytes = -(2 ** 40);
    try {
      expect(await useWorker()).toEqual(expected);
    } finally {
      state.numBytes = before;
    }
  });

  it('in debug mode computes the same', async () => {
    vi.spyOn(console, 'log').mockReturnValue();
    vi.spyOn(console, 'warn').mockReturnValue();
    tf.env().set('DEBUG', true);
    expect(await useWorker()).toEqual(expected);
  });

  it('where tfjs looks for leaks of kernels has none', async () => {
    tf.env().set('IS_TEST', true);
    expect(await useWorker()).toEqual(expected);
  });

  it('that has a scope open, and ends it meanwhile, computes the same', async () => {
    tf.engine().startScope();
    const used = useWorker();
    const timer = setInterval(() => {
      tf.engine().endScope();
      tf.engine().startScope();
    });
    try {
      expect(await used).toEqual(expected);
    } finally {
      clearInterval(timer);
      tf.engine().endScope();
    }
  });

  it('that disposes variables and changes backends computes the same', async () => {
    const used = useWorker();
    tf.disposeVariables();
    await tf.setBackend('cpu');
    expect(await used).toEqual(expected);
  });

  it('that starts tfjs’s engine afresh computes the same', async () => {
    tf.engine().reset();
    await tf.setBackend('cpu');
    expect(await useWorker()).toEqual(expected);
  });

  it('that has gradients of its own computes with the right ones, and leaves those', async () => {
    const original = tf.getGradient('Maximum');
    const own: tf.GradConfig = { kernelName: 'Maximum', gradFunc: () => ({}) };
    tf.unregisterGradient('Maximum');
    tf.registerGradient(own);
    try {
      const x = tf.tensor1d([1, 3]).send(bob);
      const { grads } = hook.valueAndGrads((y) => y.maximum(2).sum())([x]);
      expect([...(await grads[0].get()).dataSync()]).toEqual([0, 1]);
      expect(tf.getGradient('Maximum')).toBe(own);
    } finally {
      tf.unregisterGradient('Maximum');
      tf.registerGradient(original);
    }
  });

  it('keeps no bytes of what it has computed', () => {
    const x = tf.ones([4, 4]);
    const square = () => runOperation(tf, { op: 'square', args: [x], attributes: {} });
    tf.dispose(square());
    const backend = tf.engine().findBackend('tributary-safe') as unknown as {
      heldBytes: () => number;
    };
    const before = backend.heldBytes();
    const made = [square(), square()].flat();
    expect(backend.heldBytes() - before).toBe(128);
    tf.dispose(made);
    expect(backend.heldBytes()).toBe(before);
    withSafeBackend(tf, () =>
      tf.tidy(() => tf.complex(tf.ones([3]), tf.ones([3])).abs()).dispose(),
    );
    expect(backend.heldBytes()).toBe(before);
  });
});
