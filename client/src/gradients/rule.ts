import type { GradConfig, NamedAttrMap, NamedTensorMap, Tensor } from '@tensorflow/tfjs';

/** The TensorFlow.js whose gradients are corrected; callers give it, so that a program has one only. */
export type Tf = typeof import('@tensorflow/tfjs');

/** Gradient functions for one TensorFlow.js. */
export type GradientRules = (tf: Tf) => readonly GradConfig[];

/** Gradients by the name of a kernel's input. */
export type GradientsByInput = Record<string, () => Tensor>;

/** The gradient of a kernel with one result, from its own gradient, what was saved, and its attributes. */
export type OneResultGradient = (
  dy: Tensor,
  saved: readonly Tensor[],
  attrs: NamedAttrMap,
) => GradientsByInput;

/** What a kernel's gradient needs of its call. */
export interface Saved {
  readonly inputs?: readonly string[];
  /** One for each result. */
  readonly outputs?: readonly boolean[];
  /** For kernels that number their inputs. */
  readonly allInputs?: boolean;
}

/** Describes the gradient of a kernel with one result. */
export function gradient(kernelName: string, saved: Saved, of: OneResultGradient): GradConfig {
  return gradients(kernelName, saved, ([dy], kept, attrs) => of(dy as Tensor, kept, attrs));
}

/** Describes the gradient of a kernel with several results. */
export function gradients(
  kernelName: string,
  { inputs = [], outputs = [], allInputs = false }: Saved,
  of: (dys: readonly Tensor[], saved: readonly Tensor[], attrs: NamedAttrMap) => GradientsByInput,
): GradConfig {
  return {
    kernelName,
    inputsToSave: [...inputs],
    outputsToSave: [...outputs],
    saveAllInputs: allInputs,
    // One result comes by itself, several come as a list.
    gradFunc: (dy, saved, attrs) => of([dy].flat(), saved, attrs),
  };
}

/** Runs a kernel of the active backend that has one result. */
export function runKernel(
  tf: Tf,
  kernelName: string,
  { inputs, attrs = {} }: { readonly inputs: NamedTensorMap; readonly attrs?: object },
): Tensor {
  return tf.engine().runKernel<Tensor>(kernelName, inputs, attrs as NamedAttrMap);
}

/** Count of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** An axis counted from the first. */
export function positiveAxis(axis: unknown, rank: number): number {
  return Number(axis) < 0 ? Number(axis) + rank : Number(axis);
}
