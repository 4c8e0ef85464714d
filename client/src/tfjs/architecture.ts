/** Model topologies as the JSON a plan carries. */
import * as tf from '@tensorflow/tfjs';
import type { Json } from '../protocol/index.ts';
import { reasonOf } from '../protocol/without-values.ts';
import { assertDistinctNames } from './distinct-names.ts';
import { trainingFailed } from './errors.ts';
import { withFrozenLayers } from './mark-frozen.ts';
import { ONE_COPY_ADVICE } from './model-source.ts';

type ModelConfig = Parameters<typeof tf.models.modelFromJSON>[0];
type Topology = Extract<ModelConfig, { modelTopology: unknown }>['modelTopology'];

/**
 * The model's topology, without weights; inverse of {@link modelFromArchitecture}. Layers that are
 * frozen, by themselves or by a model or wrapper around them, are frozen in it.
 *
 * @throws {@link TrainingFailedError} `architecture-invalid` for what a topology can't say: two weights
 * of one name, a layer frozen in part.
 */
export function architectureOf(model: tf.LayersModel): Json {
  assertDistinctNames(model);
  // tfjs leaves undefined members in, which are no JSON.
  const topology = JSON.parse(JSON.stringify(model.toJSON(undefined, false))) as Json;
  return withFrozenLayers(model, topology);
}

/**
 * Builds the model anew, with initial weights of its initialisers; custom layers must have been
 * registered with tfjs. Whoever calls disposes it.
 *
 * @throws {@link TrainingFailedError} `architecture-invalid`; `tensorflow-duplicate` where another copy of
 * TensorFlow.js has a model of the same names.
 */
export async function modelFromArchitecture(architecture: Json): Promise<tf.LayersModel> {
  try {
    // A copy, because tfjs rewrites names inside what it is given, and by JSON, because React Native has no
    // structuredClone; wrapped, so that it is read as a topology and nothing else: the other form names
    // URLs that tfjs would fetch.
    const modelTopology: Topology = JSON.parse(JSON.stringify(architecture));
    return await tf.models.modelFromJSON({ modelTopology });
  } catch (error) {
    const reason = reasonOf(error);
    // Copies share their variables, but each counts by itself which names it has given.
    if (reason.includes('already registered')) {
      const duplicate = `The plan's architecture can't be built beside a model of another copy of TensorFlow.js (${reason}); ${ONE_COPY_ADVICE}`;
      throw trainingFailed('tensorflow-duplicate', duplicate, error);
    }
    const message = `Plan's architecture is not a tfjs model: ${reason}; use what architectureOf returned`;
    throw trainingFailed('architecture-invalid', message, error);
  }
}
