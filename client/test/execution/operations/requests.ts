import * as tf from '@tensorflow/tfjs';
import type { RunRequest } from '../../../src/execution/operations/request.ts';
import { OPERATIONS } from '../../../src/protocol/commands/operations.generated.ts';

/** Calls tfjs's own function. */
export function callPlain(op: string, given: readonly unknown[]): unknown {
  const path = op.split('.');
  const fn = path.reduce<unknown>((holder, part) => (holder as Record<string, unknown>)[part], tf);
  return (fn as (...args: unknown[]) => unknown)(...given);
}

/** The request that says the same as a call with these arguments, in the order that tfjs takes them. */
export function requestOf(op: string, given: readonly unknown[]): RunRequest {
  const operation = OPERATIONS[op];
  if (operation === undefined) throw new Error(`No operation ${op}`);
  const { parameters, form } = operation;
  const byName = form === 'options' ? (given[0] as Record<string, unknown>) : {};
  const args: unknown[] = [];
  const attributes: Record<string, unknown> = {};
  for (const [index, { name, kind }] of parameters.entries()) {
    const rest =
      form === 'rest' && index === parameters.length - 1 ? given.slice(index) : given[index];
    const value = form === 'options' ? byName[name] : rest;
    if (kind === 'value') {
      if (value !== undefined) attributes[name] = value;
    } else args.push(operandOf(value));
  }
  return { op, args: args as RunRequest['args'], attributes };
}

function operandOf(value: unknown): unknown {
  if (value === undefined) return null;
  if (Array.isArray(value)) return value.map(operandOf);
  return value instanceof tf.Tensor ? value : { value };
}

/** Results in the table's order. */
export function flatten(op: string, result: unknown): tf.Tensor[] {
  if (result instanceof tf.Tensor) return [result];
  if (Array.isArray(result)) return result as tf.Tensor[];
  const names = OPERATIONS[op]?.outputs as readonly string[];
  return names.map((name) => (result as Record<string, tf.Tensor>)[name] as tf.Tensor);
}

/** Values as numbers, so that arrays of two kinds compare; truth values are 0 and 1. */
export function numbersOf(tensor: tf.Tensor): number[] {
  const values = tensor.dataSync();
  // Plain tfjs leaves other numbers in bool tensors.
  if (tensor.dtype === 'bool') return Array.from(values, (value) => Number(value !== 0));
  // The cpu backend may hand out another kind of array than the dtype's.
  const own = { float32: Float32Array, int32: Int32Array }[tensor.dtype as 'int32'];
  return [...(own === undefined ? (values as Float32Array) : own.from(values))];
}
