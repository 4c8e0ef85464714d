/** Operations that tfjs composes of arithmetic on truth values, and takes 255 for −1. */
import { callOperation } from './call-operation.ts';
import type { OwnOperation } from './own-operation.ts';
import { operationOf } from './request.ts';

/** Computes on 0 and 1 as float32. */
export const ofNumbers: OwnOperation = {
  run: ({ tf, op, attributes, tensorOf }) => {
    const x = tensorOf(0);
    const numbers = x.dtype === 'bool' ? tf.cast(x, 'float32') : x;
    return callOperation(tf, operationOf(op), { op, args: [numbers], attributes });
  },
};

/** Operations by name. */
export const OWN_TRUTHS: Readonly<Record<string, OwnOperation>> = {
  logSumExp: ofNumbers,
};
