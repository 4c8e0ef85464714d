/** What devices train a tfjs model by, as options of a command line. */
import { InvalidArgumentError } from '@commander-js/extra-typings';
import type { PlanInput } from '../federation/model-input.ts';

/** Training options, as they were given. */
export interface TrainingOptions {
  readonly loss?: readonly string[] | undefined;
  readonly learningRate?: number | undefined;
  readonly optimizer?: string | undefined;
  readonly epochs?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly metrics?: readonly string[] | undefined;
}

type Training = NonNullable<PlanInput['training']>;

/** Reads names that commas part. */
export function namesOf(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return names;
  throw new InvalidArgumentError('Expected names, parted by commas.');
}

/** Reads a decimal number above 0; small ones may be written as 1e-3. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  const isDecimal = /^[0-9]{0,15}(\.[0-9]{0,15})?(e-?[0-9]{1,2})?$/i.test(text);
  if (isDecimal && value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a decimal number above 0.');
}

/** Training settings of a plan: what the options say wins over what a file says. */
export function trainingOf(options: TrainingOptions, training: Training = {}): Training {
  const { loss, learningRate, optimizer, epochs, batchSize, metrics } = options;
  const given = {
    epochs,
    batchSize,
    learningRate,
    optimizer,
    loss: loss?.length === 1 ? loss[0] : loss,
    metrics,
  };
  const stated = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...training, ...(Object.fromEntries(stated) as Training) };
}
