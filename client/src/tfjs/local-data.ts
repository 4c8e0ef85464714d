/** Data a device trains on, as it is handed in. */
import * as tf from '@tensorflow/tfjs';
import { describeValue } from '../protocol/json-fault.ts';
import { trainingFailed } from './errors.ts';

/** All examples as tensors, first axis = example; arrays where a model has several inputs or outputs. */
export interface TensorData {
  readonly xs: tf.Tensor | readonly tf.Tensor[];
  readonly ys: tf.Tensor | readonly tf.Tensor[];
}

/**
 * Elements `{ xs, ys }`, single examples or batches of any size; batches are cut into examples, because
 * the plan says how many make a step. Either part is a tensor, a number, an array of numbers, a list of
 * tensors in the order of the model's inputs, or an object: tensors by the names of the inputs, or
 * columns, such as those of `tf.data.csv`, sorted by name. Tensors are freed once they were used.
 */
export type DatasetData = tf.data.Dataset<tf.TensorContainer>;

/** Data a device trains on. */
export type LocalData = TensorData | DatasetData;

/** By what it can do: a dataset of another copy of TensorFlow.js has another class and works as well. */
export function isDataset(data: LocalData): data is DatasetData {
  return typeof (data as Partial<DatasetData> | null)?.iterator === 'function';
}

/**
 * Refuses what is not data, which untyped code may pass, and tensors that are gone.
 *
 * @throws {@link TrainingFailedError} `training-data-invalid`
 */
export function assertLocalData(data: LocalData): void {
  if (isDataset(data)) return;
  const { xs, ys }: Partial<TensorData> = data ?? {};
  const stray = [xs, ys].flatMap((part) => asList(part)).find((x) => !(x instanceof tf.Tensor));
  if (stray === undefined && xs !== undefined && ys !== undefined) {
    assertAlive([xs, ys].flatMap((part) => asList(part)));
    return;
  }
  const got = xs === undefined || ys === undefined ? data : stray;
  const message = `Training data holds ${kindOf(got)}, expected { xs, ys } of tensors or a tf.data.Dataset; convert arrays with tf.tensor`;
  throw trainingFailed('training-data-invalid', message);
}

function assertAlive(tensors: readonly tf.Tensor[]): void {
  const gone = tensors.find(({ isDisposed }) => isDisposed);
  if (gone === undefined) return;
  const message = `Training data holds a disposed tensor of shape [${gone.shape.join(', ')}], expected one that is kept until training ends; dispose it later, or tf.keep() it within tf.tidy`;
  throw trainingFailed('training-data-invalid', message);
}

/** What a value is, never its contents. */
export function kindOf(value: unknown): string {
  if (value instanceof tf.Tensor)
    return `a ${value.dtype} tensor of shape [${value.shape.join(', ')}]`;
  if (typeof value === 'string') return 'a text';
  return typeof value === 'object' || value === undefined
    ? describeValue(value)
    : `a ${typeof value}`;
}

export function asList<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
