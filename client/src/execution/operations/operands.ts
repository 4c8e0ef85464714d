import type { DataType, Tensor } from '@tensorflow/tfjs';
import type { Tf } from '../shapes/spec.ts';
import type { Operand, ValueOperand } from './request.ts';

/** Tells plain values from tensors, which have no `value`. */
export function isValueOperand(operand: unknown): operand is ValueOperand {
  return typeof operand === 'object' && operand !== null && Object.hasOwn(operand, 'value');
}

/** The plain value of an operand; `undefined` for tensors, lists of them, and what was left out. */
export function plainOfOperand(operand: unknown): ValueOperand['value'] | undefined {
  return isValueOperand(operand) ? operand.value : undefined;
}

/** The tensor, or one made of the plain value on the active backend. */
export function tensorOfOperand(tf: Tf, operand: Operand<Tensor>, dtype?: DataType): Tensor {
  if (!isValueOperand(operand)) return operand;
  return tf.tensor(operand.value as number[], undefined, dtype);
}
