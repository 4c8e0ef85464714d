import type { TensorSpec } from '../../shapes/spec.ts';

/** Values of a tensor that isn't complex. */
export type TensorValues = Float32Array | Int32Array | Uint8Array;

/** One input of a kernel with its values. */
export interface ValuedInput extends TensorSpec {
  readonly values: TensorValues;
}

/**
 * Checks values that a kernel would go astray by; runs after the rule of the kernel's shapes.
 *
 * @throws {@link CommandError} `values-invalid`, `tensor-too-large`; messages never hold a value.
 */
export type ValueCheck = (
  input: (name: string) => ValuedInput,
  attrs: Readonly<Record<string, unknown>>,
) => void;
