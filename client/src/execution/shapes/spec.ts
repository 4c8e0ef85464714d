/** What is known of tensors without their values. */
import type { DataType, NamedAttrMap } from '@tensorflow/tfjs';

/** The tfjs that a worker computes with; execution gets it, so that a program has one only. */
export type Tf = typeof import('@tensorflow/tfjs');

/** Form of a tensor. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

/** Form of a result; `null` is what depends on values. */
export interface OutputSpec {
  readonly shape: readonly number[] | null;
  readonly dtype: DataType | null;
}

/** One call of a kernel, as tfjs makes it; some kernels number their inputs, some may lack one. */
export interface KernelCall {
  readonly tf: Tf;
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, TensorSpec | null | undefined>>;
  readonly attrs: NamedAttrMap;
}

/** What a kernel will make, and what it costs. */
export interface KernelPlan {
  readonly outputs: readonly OutputSpec[];
  /**
   * Multiply-adds, or what takes as long; an upper bound.
   *
   * @default elements of the outputs
   */
  readonly work?: number;
  /**
   * Elements held while it runs, besides inputs and outputs; an upper bound.
   *
   * @default 0
   */
  readonly scratchElements?: number;
}

/**
 * Checks a kernel's arguments and says what it will make.
 *
 * @throws {@link CommandError} when an argument is not what the kernel can safely get.
 */
export type KernelRule = (call: KernelCall) => KernelPlan;

/** Count of elements of a shape. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
