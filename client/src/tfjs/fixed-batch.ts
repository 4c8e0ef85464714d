/** Models that are built for batches of one size, and those that remember one batch in the next. */
import type * as tf from '@tensorflow/tfjs';
import { trainingFailed } from './errors.ts';

/** How a model takes its batches. */
export interface Batching {
  readonly size: number;
  /** True where every batch has to have `size` examples. */
  readonly isFixed: boolean;
  /** True where the order of batches matters: a recurrent layer goes on from the last one's state. */
  readonly isStateful: boolean;
}

/** The batch that `batchInputShape` or a stateful layer fixes. */
function fixedSize(model: tf.LayersModel): number | undefined {
  return model.inputs.map(({ shape }) => shape[0]).find((size) => typeof size === 'number');
}

/**
 * Batches for `model`: of the size it fixes, else of the size asked for, else of `usual`.
 *
 * @param where - Where the size was asked for, as the message names it.
 * @throws {@link TrainingFailedError} `training-settings-invalid` for another size than the fixed one.
 */
export function batchingFor(
  model: tf.LayersModel,
  asked: number | undefined,
  { usual, where }: { readonly usual: number; readonly where: string },
): Batching {
  const fixed = fixedSize(model);
  const isStateful = model.stateful;
  if (fixed === undefined) return { size: asked ?? usual, isFixed: false, isStateful };
  if (asked === undefined || asked === fixed) return { size: fixed, isFixed: true, isStateful };
  const message = `${where} is ${asked}, but the model is built for batches of ${fixed}; set it to ${fixed}, or leave it out`;
  throw trainingFailed('training-settings-invalid', message);
}

/** Forgets the state that recurrent layers keep between batches. */
export function resetStates(model: tf.LayersModel): void {
  if (model.stateful) model.resetStates();
}
