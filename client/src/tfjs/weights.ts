/** Weights of a tfjs model as the protocol's tensors, and back. */
import * as tf from '@tensorflow/tfjs';
import type { NamedTensor, NamedTensors, TensorSpec } from '../protocol/index.ts';
import { type TrainingFailedError, trainingFailed } from './errors.ts';
import { modelWeights } from './weight-names.ts';

function assertFloat32(name: string, variable: tf.LayerVariable): void {
  const { dtype } = variable.read();
  if (dtype === 'float32') return;
  const message = `Weight ${name} is ${dtype}, expected float32; build the model with float32 weights`;
  throw trainingFailed('weights-mismatch', message);
}

/**
 * What travels, in the model's order: float32 tensors by stable name.
 *
 * @throws {@link TrainingFailedError} `weights-mismatch` when a weight is not float32.
 */
export function layoutOf(model: tf.LayersModel): TensorSpec[] {
  return modelWeights(model).map(({ name, variable, role }) => {
    assertFloat32(name, variable);
    return { name, dtype: 'F32', shape: variable.read().shape, role };
  });
}

/**
 * A copy of the model's weights, each with its role; inverse of {@link loadWeights}.
 *
 * @throws {@link TrainingFailedError} `weights-mismatch` when a weight is not float32.
 */
export function weightsOf(model: tf.LayersModel): NamedTensors {
  const entries = modelWeights(model).map(({ name, variable, role }): [string, NamedTensor] => {
    assertFloat32(name, variable);
    const tensor = variable.read();
    // The cpu backend hands out its own array, which must stay out of the caller's reach.
    const data = (tensor.dataSync() as Float32Array).slice();
    return [name, { dtype: 'F32', shape: tensor.shape, data, role }];
  });
  return Object.fromEntries(entries);
}

function mismatch(name: string, got: string, expected: string): TrainingFailedError {
  const message = `Weight ${name} ${got}, expected ${expected}; use the weights and the architecture of one plan`;
  return trainingFailed('weights-mismatch', message);
}

function checkWeight(
  name: string,
  tensor: NamedTensor | undefined,
  shape: readonly number[],
): void {
  const expected = `F32 [${shape.join(', ')}]`;
  if (tensor === undefined) throw mismatch(name, 'is missing', expected);
  if (tensor.dtype !== 'F32' || !(tensor.data instanceof Float32Array))
    throw mismatch(name, `has dtype ${String(tensor.dtype)}`, expected);
  if (tensor.shape.length !== shape.length || tensor.shape.some((size, i) => size !== shape[i]))
    throw mismatch(name, `has shape [${tensor.shape.join(', ')}]`, expected);
  const elements = shape.reduce((product, size) => product * size, 1);
  if (tensor.data.length !== elements)
    throw mismatch(name, `holds ${tensor.data.length} elements`, `${elements}`);
}

/** Every weight of `model`, with what `weights` holds for it; no more and no fewer names. */
export function matchWeights(
  model: tf.LayersModel,
  weights: NamedTensors,
): { readonly variable: tf.LayerVariable; readonly tensor: NamedTensor }[] {
  const expected = modelWeights(model);
  const known = new Set(expected.map(({ name }) => name));
  const stray = Object.keys(weights).find((name) => !known.has(name));
  if (stray !== undefined) throw mismatch(stray, 'is not in the model', [...known].join(', '));
  return expected.map(({ name, variable }) => {
    assertFloat32(name, variable);
    const tensor = Object.hasOwn(weights, name) ? weights[name] : undefined;
    checkWeight(name, tensor, variable.read().shape);
    return { variable, tensor: tensor as NamedTensor };
  });
}

/**
 * Copies `weights` into the model; inverse of {@link weightsOf}. Checked whole before anything is
 * written. A layer's weight constraint, if it has one, applies.
 *
 * @throws {@link TrainingFailedError} `weights-mismatch` naming the first weight that doesn't fit.
 */
export function loadWeights(model: tf.LayersModel, weights: NamedTensors): void {
  const matched = matchWeights(model, weights);
  tf.tidy(() => {
    for (const { variable, tensor } of matched)
      variable.write(tf.tensor(tensor.data.slice(), [...tensor.shape], 'float32'));
  });
}
