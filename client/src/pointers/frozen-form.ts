import type { OutputSpec } from '../execution/index.ts';

/**
 * A form that changes for nobody who is given it: neither with the tensor whose shape it was taken
 * from, nor when a program sorts or pops what `shape` gave.
 */
export function frozenForm({ shape, dtype }: OutputSpec): OutputSpec {
  return Object.freeze({
    shape: shape === null ? null : Object.freeze([...shape]),
    dtype,
  });
}
