/** What training changed. */
import type * as tf from '@tensorflow/tfjs';
import type { NamedTensor, NamedTensors } from '../protocol/index.ts';
import { type TrainingFailedError, trainingFailed } from './errors.ts';
import { layoutOf, weightsOf } from './weights.ts';

/**
 * trained − received, for each tensor; both have been checked to be of one layout. Frozen ones get
 * exact zeros, also where a constraint moved them when they were loaded. Roles are the plan's, so a
 * delta states none.
 *
 * @throws {@link TrainingFailedError} `training-diverged` for an element that is not finite.
 */
export function deltaOf(model: tf.LayersModel, received: NamedTensors): NamedTensors {
  const frozen = frozenNames(model);
  const entries = Object.entries(weightsOf(model)).map(([name, after]): [string, NamedTensor] => {
    const { dtype, shape } = after;
    if (frozen.has(name))
      return [name, { dtype, shape, data: new Float32Array(after.data.length) }];
    const before = received[name]?.data ?? new Float32Array();
    const data = after.data.map((value, i) => value - (before[i] ?? 0));
    if (!data.every(Number.isFinite)) throw diverged(`weight ${name} is not finite at the end`);
    return [name, { dtype, shape, data }];
  });
  return Object.fromEntries(entries);
}

function frozenNames(model: tf.LayersModel): ReadonlySet<string> {
  const frozen = layoutOf(model).filter(({ role }) => role === 'frozen');
  return new Set(frozen.map(({ name }) => name));
}

/** The aggregator would reject the update; here it can still be told why. */
export function diverged(sign: string): TrainingFailedError {
  return trainingFailed(
    'training-diverged',
    `Training diverged: ${sign}; lower learningRate, or check the data for values that are not finite`,
  );
}
