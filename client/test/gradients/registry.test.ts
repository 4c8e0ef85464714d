import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { correctedGradients, registerGradients, withGradients } from '../../src/gradients/index.ts';

beforeAll(() => tf.setBackend('cpu'));

const ORIGINALS = correctedGradients(tf).map(
  ({ kernelName }) => [kernelName, tf.getGradient(kernelName)] as const,
);

afterEach(() => {
  for (const [kernelName, original] of ORIGINALS) {
    if (tf.getGradient(kernelName) !== undefined) tf.unregisterGradient(kernelName);
    if (original !== undefined) tf.registerGradient(original);
  }
});

const averaged = () =>
  tf.grad((x) => tf.avgPool(x as tf.Tensor4D, 2, 1, 'same'))(tf.ones([1, 2, 2, 1]));
const RIGHT = [0.25, 0.75, 0.75, 2.25];

describe('corrected gradients', () => {
  it('are in place during a call, and what was registered is back after it', () => {
    const before = ORIGINALS.map(([kernelName]) => tf.getGradient(kernelName));
    const wrong = [...averaged().dataSync()];
    expect(wrong).not.toEqual(RIGHT);
    expect([...withGradients(tf, averaged).dataSync()]).toEqual(RIGHT);
    expect(() =>
      withGradients(tf, () => {
        throw new Error('within');
      }),
    ).toThrow('within');
    expect(ORIGINALS.map(([kernelName]) => tf.getGradient(kernelName))).toEqual(before);
    expect([...averaged().dataSync()]).toEqual(wrong);
  });

  it('may be called within another such call', () => {
    const nested = () => withGradients(tf, () => withGradients(tf, averaged) && averaged());
    expect([...nested().dataSync()]).toEqual(RIGHT);
  });

  it('stay when they are registered for good, twice without harm', () => {
    registerGradients(tf);
    registerGradients(tf);
    expect([...averaged().dataSync()]).toEqual(RIGHT);
    const weighted = tf.grad((x) =>
      tf.cumsum(x, 0).mul([
        [1, 2],
        [3, 4],
      ]),
    )(tf.zeros([2, 2]));
    expect([...weighted.dataSync()]).toEqual([4, 6, 3, 4]);
  });

  it('leave the slope of abs at 0 to programs that train, and are 0 for workers', () => {
    registerGradients(tf);
    const slope = () =>
      tf
        .grad((x) => tf.abs(x))(tf.zeros([1]))
        .dataSync()[0];
    expect(slope()).toBe(-1);
    expect(withGradients(tf, slope)).toBe(0);
    expect(slope()).toBe(-1);
  });

  it('are one for each kernel', () => {
    const names = correctedGradients(tf).map(({ kernelName }) => kernelName);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => tf.getKernel(name, 'cpu') === undefined)).toEqual([]);
  });
});
