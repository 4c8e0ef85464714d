import * as tf from '@tensorflow/tfjs';
import type {
  MultiPointerTensor,
  PointerTensor,
  RemoteWorker,
  TensorHook,
} from '@tributary/client';
import { expect } from 'vitest';

/** Somebody else's program at the same workers. */
export interface Guest {
  readonly hook: TensorHook;
  readonly bob: RemoteWorker;
}

/** Workers of one kind, and who uses them. */
export interface PointerWorld {
  readonly hook: TensorHook;
  readonly bob: RemoteWorker;
  readonly alice: RemoteWorker;
  readonly carol: RemoteWorker;
  /** Another handle on bob, made as the first was. */
  readonly bobAgain: () => RemoteWorker;
  /** Tries to make a worker of another class with bob's id. */
  readonly bobOfAnotherClass: () => RemoteWorker;
  /** The program of the user `guest`. */
  readonly guest: Guest;
  readonly close: () => Promise<void>;
}

/** The world that the running test has. */
export type Given = () => PointerWorld;

/** The lesson's tensor, 1 to 5. */
export function x(): tf.Tensor1D {
  return tf.tensor1d([1, 2, 3, 4, 5], 'int32');
}

/** Five ones. */
export function y(): tf.Tensor1D {
  return tf.tensor1d([1, 1, 1, 1, 1], 'int32');
}

/** Nested values of a local tensor, which is disposed. */
export function valuesOf(tensor: tf.Tensor): unknown {
  const values = tensor.arraySync();
  tensor.dispose();
  return values;
}

/** Gets the tensor behind a pointer and gives its values. */
export async function got(pointer: PointerTensor): Promise<unknown> {
  return valuesOf(await pointer.get());
}

/** Gets every tensor of a multi-pointer and gives their values, in sending order. */
export async function gotAll(pointers: MultiPointerTensor): Promise<unknown[]> {
  return (await pointers.get()).map(valuesOf);
}

/** Count of objects at a worker. */
export async function count(worker: RemoteWorker): Promise<number> {
  return (await worker.objects()).size;
}

/** Code of the error that a promise is rejected with. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return (await errorOf(promise)).code;
}

/** The error that a promise is rejected with. */
export async function errorOf(
  promise: Promise<unknown>,
): Promise<Error & { readonly code?: string }> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(Error);
  return outcome as Error;
}

/** The error that a function throws. */
export function thrown(body: () => unknown): Error & { readonly code?: string } {
  try {
    body();
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return error as Error;
  }
  throw new Error('Nothing was thrown');
}

/** The printed form of a pointer between these two, any ids. */
export function printed(from: string, to: string): RegExp {
  return new RegExp(`^\\(Wrapper\\)>\\[PointerTensor \\| ${from}:\\d+ -> ${to}:\\d+\\]`);
}
