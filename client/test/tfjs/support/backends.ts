/** Runs the same computation on two backends. */
import * as tf from '@tensorflow/tfjs';
import { prepareEngine } from '@tributary/client/tfjs';
import { expect } from 'vitest';

export type TestedBackend = 'cpu' | 'wasm';

/** Starts both, so that later switches are immediate. */
export async function prepareBackends(): Promise<void> {
  for (const prefer of ['cpu', 'wasm'] as const) {
    const { backend } = await prepareEngine(tf, { prefer });
    expect(backend).toBe(prefer);
  }
}

/** Fills freed wasm memory with NaN, so that a kernel which reads what it never wrote is seen. */
function dirtyHeap(): void {
  tf.tidy(() => {
    for (const size of [4, 10, 20, 50, 100, 200, 400, 800, 1600, 5000])
      for (let i = 0; i < 8; i++) tf.fill([size], Number.NaN);
  });
}

/** Tensors as shapes and numbers. */
export type Values = Readonly<
  Record<string, { readonly shape: number[]; readonly data: number[] }>
>;

function read(tensors: Readonly<Record<string, tf.Tensor>>): Values {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, t]) => [
      name,
      { shape: t.shape, data: Array.from(t.dataSync()) },
    ]),
  );
}

/** Makes `backend` the one that computes, at once. */
export function useBackend(backend: TestedBackend): void {
  const instance = tf.findBackend(backend);
  if (instance === null) throw new Error(`Backend ${backend} was not prepared`);
  tf.engine().backendName = backend;
  Reflect.set(tf.engine(), 'backendInstance', instance);
}

/** What `compute` gives on `backend`; checks that nothing else is left. */
export function valuesOn(
  backend: TestedBackend,
  compute: () => Readonly<Record<string, tf.Tensor>>,
): Values {
  useBackend(backend);
  if (backend === 'wasm') dirtyHeap();
  const held = (): number[] => [tf.memory().numTensors, tf.engine().backend.numDataIds()];
  const before = held();
  const values = tf.tidy(() => read(compute()));
  expect(held()).toEqual(before);
  return values;
}

/** Largest difference, relative above 1; infinite where only one of two is NaN. */
function difference(a: readonly number[], b: readonly number[]): number {
  return a.reduce((largest, x, i) => {
    const y = b[i] ?? Number.NaN;
    if (Object.is(x, y) || x === y) return largest;
    const error = Math.abs(x - y) / Math.max(1, Math.abs(y));
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(largest, error);
  }, 0);
}

/** Checks that wasm computes what cpu does: shapes exactly, numbers within `tolerance`. */
export function expectAgreement(
  compute: () => Readonly<Record<string, tf.Tensor>>,
  tolerance = 1e-4,
): void {
  const expected = valuesOn('cpu', compute);
  const actual = valuesOn('wasm', compute);
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, { shape, data }] of Object.entries(expected)) {
    expect({ name, shape: actual[name]?.shape }).toEqual({ name, shape });
    const error = difference(actual[name]?.data ?? [], data);
    expect(error, `${name} differs by ${error}`).toBeLessThanOrEqual(tolerance);
  }
}

/** Uniform float32 in −1 … 1, the same on every backend. */
export function uniform(shape: number[], seed: number): tf.Tensor {
  return tf.randomUniform(shape, -1, 1, 'float32', seed);
}

/** A function's value and its gradients along a random direction, by input number. */
export function valueAndGradients(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
): Record<string, tf.Tensor> {
  const y = f(...inputs);
  const direction = uniform(y.shape, 99);
  const gradients = tf.grads((...xs: tf.Tensor[]) => tf.sum(tf.mul(f(...xs), direction)))(inputs);
  return Object.fromEntries([['y', y], ...gradients.map((g, i) => [`gradient_${i}`, g])]);
}
