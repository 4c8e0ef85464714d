/** Which weights of a model train, which are moving averages, and which are frozen. */
import type * as tf from '@tensorflow/tfjs';
import type { TensorRole } from '../protocol/index.ts';
import { partsOf } from './layer-parts.ts';

/** What tfjs keeps of layers, cells and models, their own weights only. */
interface Owner {
  readonly trainable?: boolean;
  readonly _trainableWeights?: readonly tf.LayerVariable[];
  readonly _nonTrainableWeights?: readonly tf.LayerVariable[];
}

type Roles = Map<tf.LayerVariable, TensorRole>;

/** A weight that is reached twice is frozen if it is so anywhere: the layer is the same. */
function note(roles: Roles, variable: tf.LayerVariable, role: TensorRole): void {
  if (roles.get(variable) !== 'frozen') roles.set(variable, role);
}

function collect(owner: Owner, isInsideFrozen: boolean, roles: Roles): void {
  const isFrozen = isInsideFrozen || owner.trainable === false;
  for (const variable of owner._trainableWeights ?? [])
    note(roles, variable, isFrozen || !variable.trainable ? 'frozen' : 'trained');
  for (const variable of owner._nonTrainableWeights ?? [])
    note(roles, variable, isFrozen ? 'frozen' : 'statistic');
  for (const part of partsOf(owner)) collect(part, isFrozen, roles);
}

/**
 * The role of every weight. As in Keras, `trainable = false` of a model, wrapper or layer freezes
 * everything inside, moving averages included.
 */
export function weightRoles(model: tf.LayersModel): ReadonlyMap<tf.LayerVariable, TensorRole> {
  const roles: Roles = new Map();
  collect(model as unknown as Owner, false, roles);
  return roles;
}

function ownWeights(
  owner: Owner,
  kind: '_trainableWeights' | '_nonTrainableWeights',
): tf.LayerVariable[] {
  const inside = partsOf(owner).flatMap((part) => ownWeights(part, kind));
  return [...(owner[kind] ?? []), ...inside];
}

/** A layer's weights in an order that freezing doesn't change. */
export function orderedWeights(layer: tf.layers.Layer): tf.LayerVariable[] {
  const owner = layer as unknown as Owner;
  const known = new Set(layer.weights);
  const natural = [
    ...ownWeights(owner, '_trainableWeights'),
    ...ownWeights(owner, '_nonTrainableWeights'),
  ].filter((variable) => known.has(variable));
  return [...new Set([...natural, ...known])];
}

/** The weights that training changes by gradients. */
export function trainedVariables(model: tf.LayersModel): tf.LayerVariable[] {
  return [...weightRoles(model)]
    .filter(([, role]) => role === 'trained')
    .map(([variable]) => variable);
}
