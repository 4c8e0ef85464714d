import type { ValueOperand } from './request.ts';

/** Tells plain values from tensors, which have no `value`. */
export function isValueOperand(operand: unknown): operand is ValueOperand {
  return typeof operand === 'object' && operand !== null && Object.hasOwn(operand, 'value');
}
