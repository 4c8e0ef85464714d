/** Names of a model's weights that are the same in every process. */
import type * as tf from '@tensorflow/tfjs';
import type { TensorRole } from '../protocol/index.ts';
import { orderedWeights, weightRoles } from './weight-roles.ts';

/** A weight of a model, with the name it travels under. */
export interface ModelWeight {
  readonly name: string;
  readonly variable: tf.LayerVariable;
  readonly role: TensorRole;
}

type Layer = tf.layers.Layer;

/** Layers of a model used as a layer, else nothing. */
function innerLayers(layer: Layer): readonly Layer[] | undefined {
  return (layer as unknown as { readonly layers?: readonly Layer[] }).layers;
}

/**
 * What tfjs made a layer's name from, if it made the name itself: `dense` of `dense_Dense7`. The
 * number counts layers of the class in the whole process, so it must not reach the wire.
 */
function automaticStem(layer: Layer): string | undefined {
  const { name } = layer;
  if (innerLayers(layer) !== undefined)
    return /^(sequential|model|functional)_?\d+$/i.exec(name)?.[1]?.toLowerCase();
  const suffix = new RegExp(`_${layer.getClassName()}\\d+$`);
  return suffix.test(name) ? name.replace(suffix, '') : undefined;
}

/** `name`, or `name_2`, `name_3`, … if it is taken; takes it. */
function claim(name: string, taken: Set<string>): string {
  let unique = name;
  for (let n = 2; taken.has(unique); n++) unique = `${name}_${n}`;
  taken.add(unique);
  return unique;
}

/** Names given by people first, so that automatic ones make room for them. */
function layerNames(layers: readonly Layer[]): Map<Layer, string> {
  const taken = new Set(layers.filter((l) => automaticStem(l) === undefined).map((l) => l.name));
  const counts = new Map<string, number>();
  const names = new Map<Layer, string>();
  for (const layer of layers) {
    const stem = automaticStem(layer);
    const count = (counts.get(stem ?? '') ?? 0) + 1;
    if (stem !== undefined) counts.set(stem, count);
    names.set(layer, stem === undefined ? layer.name : claim(`${stem}_${count}`, taken));
  }
  return names;
}

type Roles = ReadonlyMap<tf.LayerVariable, TensorRole>;

/** Where a walk through a model is. */
interface Walk {
  readonly roles: Roles;
  /** Weights that have a name: a layer in two models inside has one set of weights. */
  readonly named: Set<tf.LayerVariable>;
}

function collect(layers: readonly Layer[], prefix: string, walk: Walk): ModelWeight[] {
  const names = layerNames(layers);
  return layers.flatMap((layer) => {
    const path = `${prefix}${names.get(layer) ?? layer.name}/`;
    const inner = innerLayers(layer);
    return inner === undefined ? layerWeights(layer, path, walk) : collect(inner, path, walk);
  });
}

function layerWeights(layer: Layer, path: string, { roles, named }: Walk): ModelWeight[] {
  const taken = new Set<string>();
  return orderedWeights(layer).flatMap((variable) => {
    const local = variable.originalName.split('/').at(-1) ?? variable.originalName;
    const name = path + claim(local, taken);
    if (named.has(variable)) return [];
    named.add(variable);
    return [{ name, variable, role: roles.get(variable) ?? 'statistic' }];
  });
}

/**
 * A model's weights, layer by layer. A layer named by its author keeps that name; the others are
 * numbered within the model (`dense_1/kernel`), never by how many layers the process has made.
 */
export function modelWeights(model: tf.LayersModel): ModelWeight[] {
  return collect(model.layers, '', { roles: weightRoles(model), named: new Set() });
}
