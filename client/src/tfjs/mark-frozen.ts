/**
 * Frozen parts in a topology. TensorFlow.js doesn't write down that a nested model is frozen, so
 * every layer inside is marked: that is what Keras does when it freezes a model, and every reader
 * of the topology understands it.
 */
import type * as tf from '@tensorflow/tfjs';
import { trainingFailed } from './errors.ts';

/** Of a topology: a layer or a cell with its settings. */
interface Entry {
  readonly config?: Record<string, unknown> | readonly Entry[] | undefined;
}

/** Where wrappers and recurrent layers write what is inside them, and where they keep it. */
const INSIDE: readonly (readonly [key: string, parts: readonly string[]])[] = [
  ['layer', ['forwardLayer', 'backwardLayer']],
  ['layer', ['layer']],
  ['cell', ['cell']],
];

interface Owner {
  readonly name: string;
  readonly trainable?: boolean;
  readonly layers?: readonly Owner[];
  readonly cells?: readonly Owner[];
}

function partsIn(owner: Owner, names: readonly string[]): Owner[] {
  return names.flatMap((name) => (Reflect.get(owner, name) as Owner | null | undefined) ?? []);
}

function isFrozenInside(owner: Owner): boolean {
  return owner.trainable === false || (owner.cells ?? []).some(isFrozenInside);
}

function refusePart(owner: Owner): never {
  const message = `Layer ${JSON.stringify(owner.name)} is frozen in part, which a topology can't say; freeze the whole layer`;
  throw trainingFailed('architecture-invalid', message);
}

/** Layers of a nested model: a list, or a list in its settings. */
function entriesOf({ config }: Entry): readonly Entry[] {
  if (Array.isArray(config)) return config as readonly Entry[];
  return ((config as Record<string, unknown> | undefined)?.['layers'] ?? []) as readonly Entry[];
}

function settingsOf(entry: Entry): Record<string, unknown> {
  return (entry.config ?? {}) as Record<string, unknown>;
}

function markLayers(owners: readonly Owner[], entries: readonly Entry[], isFrozen: boolean): void {
  const byName = new Map(entries.map((entry) => [settingsOf(entry)['name'], entry]));
  for (const [i, owner] of owners.entries()) {
    const entry = byName.get(owner.name) ?? entries[i];
    if (entry !== undefined) markFrozen(owner, entry, isFrozen);
  }
}

/** Marks what is inside a wrapper or a recurrent layer. */
function markInside(owner: Owner, settings: Record<string, unknown>, isFrozen: boolean): void {
  const [key, names] =
    INSIDE.find(([, parts]) => partsIn(owner, parts).length === parts.length) ?? [];
  if (key === undefined || names === undefined) return;
  const parts = partsIn(owner, names);
  const entry = settings[key] as Entry | undefined;
  const [part] = parts;
  const frozen = parts.filter(isFrozenInside).length;
  const isWritten = typeof entry === 'object' && part !== undefined && frozen % parts.length === 0;
  if (isWritten) markFrozen(part, entry, isFrozen);
  else if (!isFrozen && frozen > 0) refusePart(owner);
}

/** Sets `trainable` of every layer in `entry`, the topology of `owner`; mutates it. */
function markFrozen(owner: Owner, entry: Entry, isInsideFrozen: boolean = false): void {
  const isFrozen = isInsideFrozen || owner.trainable === false;
  if (owner.layers !== undefined) {
    markLayers(owner.layers, entriesOf(entry), isFrozen);
    return;
  }
  const settings = settingsOf(entry);
  if (isFrozen) settings['trainable'] = false;
  markInside(owner, settings, isFrozen);
  if (owner.cells !== undefined)
    markLayers(owner.cells, (settings['cells'] ?? []) as readonly Entry[], isFrozen);
}

/** The topology of `model` with its frozen layers marked; `topology` is mutated and returned. */
export function withFrozenLayers<T>(model: tf.LayersModel, topology: T): T {
  markFrozen(model as unknown as Owner, topology as Entry);
  return topology;
}
