/** What a person should know of the roles of a new model's tensors, which never change. */
import type { Json, TensorRole, TensorSpec } from '../protocol/index.ts';
import { quote } from '../protocol/strict-json.ts';
import { countText } from './text.ts';

/** Names listed of each role. */
const NAMES_LISTED_MAX = 8;

const MEANINGS: readonly (readonly [TensorRole, string])[] = [
  ['trained', 'trained in rounds'],
  ['statistic', 'averaged, never stepped (statistic)'],
  ['frozen', 'kept as they are (frozen)'],
];

/** Options of a model whose topology may have lost what was frozen. */
interface NotedModel {
  readonly tensors: readonly TensorSpec[];
  readonly architecture: Json;
  /** True for a model.json, which may have been written by tfjs itself. */
  readonly isTfjsFile: boolean;
}

/** One line for each role that there is, and the remedy where tfjs forgets what is frozen. */
export function roleNotes({ tensors, architecture, isTfjsFile }: NotedModel): readonly string[] {
  const lines = MEANINGS.flatMap(([role, meaning]) => {
    const names = tensors.filter((tensor) => tensor.role === role).map(({ name }) => name);
    return names.length === 0
      ? []
      : [`${countText(names.length, 'tensor')} ${meaning}: ${listText(names)}`];
  });
  if (!isTfjsFile || !hasNestedModel(architecture)) return lines;

  const example = tensors.find(({ role }) => role === 'trained')?.name ?? 'base/dense/kernel';
  const remedy = `TensorFlow.js does not save that a nested model is frozen; where a tensor above should stay as it is, create the model with --plan and a file such as {"roles":{${quote(example)}:"frozen"}}`;
  return [...lines, remedy];
}

function listText(names: readonly string[]): string {
  const listed = names.slice(0, NAMES_LISTED_MAX).join(', ');
  const more = names.length - NAMES_LISTED_MAX;
  return more > 0 ? `${listed} and ${more} more` : listed;
}

/** True where a layer of the topology has layers itself. */
function hasNestedModel(architecture: Json): boolean {
  return layersOf(architecture).some((layer) => isModel(layer) || hasModelInside(layer));
}

/** True for a wrapper around a model, such as TimeDistributed. */
function hasModelInside(layer: Json): boolean {
  const inside = member(member(layer, 'config'), 'layer');
  return inside !== undefined && (isModel(inside) || hasModelInside(inside));
}

function isModel(entry: Json): boolean {
  return layersOf(entry).length > 0;
}

function layersOf(entry: Json): readonly Json[] {
  const config = member(entry, 'config');
  const layers = Array.isArray(config) ? config : member(config, 'layers');
  return Array.isArray(layers) ? layers : [];
}

function member(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, Json>>)[name];
}
