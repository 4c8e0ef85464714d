/** Activations inside fused kernels, which clamp in a way that turns NaN into 0. */
import * as tf from '@tensorflow/tfjs';
import type { ComposedKernel, KernelCall } from './kernel.ts';

/** What a fused kernel is told about its activation. */
export interface FusedAttrs {
  readonly activation?: string;
  readonly leakyreluAlpha?: number;
}

type Activation = (x: tf.Tensor, attrs: FusedAttrs) => tf.Tensor;

const CLAMPS: Readonly<Record<string, Activation>> = {
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(x),
  leakyrelu: (x, { leakyreluAlpha }) => tf.leakyRelu(x, leakyreluAlpha),
};

/**
 * Runs a fused kernel with a clamping activation taken out and applied after it, so that a diverged
 * model shows its NaN instead of a clean loss.
 */
export function activated<Attrs extends FusedAttrs>(
  attrs: Attrs,
  run: (attrs: Attrs) => tf.Tensor,
): tf.Tensor {
  const clamp = CLAMPS[attrs.activation ?? 'linear'];
  if (clamp === undefined) return run(attrs);
  return clamp(run({ ...attrs, activation: 'linear' }), attrs);
}

/** `fused.matMul`. */
export const fusedMatMul: ComposedKernel = {
  kernelName: tf._FusedMatMul,
  compose: (call: KernelCall<FusedAttrs>, native) =>
    activated(call.attrs, (attrs) => native({ ...call.inputs }, attrs)),
};
