/** Operations that tfjs composes of arithmetic on truth values, and takes 255 for −1. */
import type { Tensor } from '@tensorflow/tfjs';
import { callOperation } from './call-operation.ts';
import type { OwnOperation, OwnRun } from './own-operation.ts';
import { operationOf } from './request.ts';

function numbersOf({ tf, op, tensorNamed }: OwnRun): (Tensor | null)[] {
  const tensors = operationOf(op).parameters.filter(({ kind }) => kind !== 'value');
  return tensors.map(({ name }) => {
    const given = tensorNamed(name);
    return given?.dtype === 'bool' ? tf.cast(given, 'float32') : (given ?? null);
  });
}

/** Computes on 0 and 1 as float32. */
export const ofNumbers: OwnOperation = {
  run: (request) => {
    const { tf, op, attributes } = request;
    return callOperation(tf, operationOf(op), { op, args: numbersOf(request), attributes });
  },
};

/** Operations by name. */
export const OWN_TRUTHS: Readonly<Record<string, OwnOperation>> = {
  logSumExp: ofNumbers,
  movingAverage: ofNumbers,
};
