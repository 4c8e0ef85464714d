/** What a name of other libraries, or a misspelt one, is called in a plan's `training`. */
import { nearest } from '../protocol/nearest.ts';
import { hasOwn } from '../protocol/own-members.ts';

/** Names of losses that tfjs knows; unlike metrics, they have no short forms such as `mse`. */
export const LOSSES: readonly string[] = [
  'meanSquaredError',
  'meanAbsoluteError',
  'meanAbsolutePercentageError',
  'meanSquaredLogarithmicError',
  'binaryCrossentropy',
  'categoricalCrossentropy',
  'sparseCategoricalCrossentropy',
  'categoricalHinge',
  'hinge',
  'squaredHinge',
  'logcosh',
  'kullbackLeiblerDivergence',
  'poisson',
  'cosineProximity',
];

/** @see https://github.com/tensorflow/tfjs/blob/master/tfjs-layers/src/metrics.ts */
const METRICS: readonly string[] = [
  'accuracy',
  'binaryAccuracy',
  'categoricalAccuracy',
  'precision',
  'crossentropy',
  'categoricalCrossentropy',
  'sparseCategoricalCrossentropy',
  'mse',
  'mae',
  'mape',
  'cosine',
];

/** Names of other libraries for settings, losses and metrics, without case and underscores. */
const ALIASES: Readonly<Record<string, string>> = {
  lr: 'learningRate',
  eta: 'learningRate',
  stepsize: 'learningRate',
  batch: 'batchSize',
  bs: 'batchSize',
  opt: 'optimizer',
  seed: 'shuffleSeed',
  mse: 'meanSquaredError',
  mae: 'meanAbsoluteError',
  mape: 'meanAbsolutePercentageError',
  msle: 'meanSquaredLogarithmicError',
  bce: 'binaryCrossentropy',
  crossentropy: 'categoricalCrossentropy',
  crossentropyloss: 'categoricalCrossentropy',
  nllloss: 'categoricalCrossentropy',
  mseloss: 'meanSquaredError',
  l1loss: 'meanAbsoluteError',
  l2: 'meanSquaredError',
  l1: 'meanAbsoluteError',
  kld: 'kullbackLeiblerDivergence',
};

const NAMED_OPTIMIZERS: readonly string[] = ['sgd', 'adam'];
const OPTIMIZER_KINDS: readonly string[] = ['momentum', 'rmsprop', 'adagrad'];

/** The one of `known` that a name stands for, if there is one. */
function meantBy(name: string, known: readonly string[]): string | undefined {
  const plain = plainName(name);
  const alias = hasOwn(ALIASES, plain) ? String(ALIASES[plain]) : undefined;
  if (alias !== undefined && known.includes(alias)) return alias;
  const same = known.find((each) => plainName(each) === plain);
  return same ?? nearest(name, known);
}

/** A question that ends a sentence about an unknown loss or metric; empty where nothing is like it. */
export function lossOrMetricHint(reason: string): string {
  const [, kind, name] = /^Unknown (loss|metric) (\S+)/.exec(reason) ?? [];
  if (name === undefined) return '';
  const known = kind === 'loss' ? LOSSES : METRICS;
  const guess = meantBy(name, known);
  const meant = guess === undefined ? '' : `did you mean ${guess}? `;
  return `${meant}correct the plan to one of ${known.join(', ')}`;
}

/** What to write for an optimizer that is not one; `undefined` where nothing is like it. */
export function optimizerHint(optimizer: unknown): string | undefined {
  if (typeof optimizer !== 'string') return undefined;
  const guess = meantBy(optimizer, [...NAMED_OPTIMIZERS, ...OPTIMIZER_KINDS]);
  if (guess === undefined) return undefined;
  return OPTIMIZER_KINDS.includes(guess)
    ? `write { "kind": "${guess}"${guess === 'momentum' ? ', "momentum": 0.9' : ''} }`
    : `write "${guess}"`;
}

/** What to write for a setting of another name; `undefined` where none is meant. */
export function settingHint(
  names: readonly string[],
  known: readonly string[],
): string | undefined {
  const unknown = names.find((name) => !known.includes(name));
  const guess = unknown === undefined ? undefined : meantBy(unknown, known);
  return guess === undefined ? undefined : `write ${guess} in place of ${unknown}`;
}

function plainName(name: string): string {
  return name.replaceAll(/[_\s-]/g, '').toLowerCase();
}
