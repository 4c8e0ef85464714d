/** Activations inside fused kernels, which clamp in a way that turns NaN into 0 or −∞. */
import * as tf from '@tensorflow/tfjs';
import { type ComposedKernel, inputOf, type KernelCall } from './kernel.ts';

/** What a fused kernel is told about its activation. */
export interface FusedAttrs {
  readonly activation?: string | null;
  readonly leakyreluAlpha?: number;
}

type Activation = (x: tf.Tensor, call: KernelCall<FusedAttrs>) => tf.Tensor;

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  linear: (x) => x,
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(x),
  elu: (x) => tf.elu(x),
  sigmoid: (x) => tf.sigmoid(x),
  leakyrelu: (x, { attrs }) => tf.leakyRelu(x, attrs.leakyreluAlpha),
  prelu: (x, call) => tf.prelu(x, inputOf(call, 'preluActivationWeights')),
};

/** The call without its activation, for the kernel to compute. */
export function withoutActivation<Attrs extends FusedAttrs>(
  call: KernelCall<Attrs>,
): KernelCall<Attrs> {
  const { preluActivationWeights: _, ...inputs } = call.inputs;
  return { inputs, attrs: { ...call.attrs, activation: 'linear' } };
}

/**
 * Applies a fused kernel's activation to what it computed without one, so that a diverged model
 * shows its NaN instead of a clean loss.
 */
export function activate(x: tf.Tensor, call: KernelCall<FusedAttrs>): tf.Tensor {
  const name = call.attrs.activation ?? 'linear';
  const activation = ACTIVATIONS[name];
  if (activation === undefined) throw new Error(`Activation ${name} can't be fused`);
  return activation(x, call);
}

/** `fused.matMul`. */
export const fusedMatMul: ComposedKernel = {
  kernelName: tf._FusedMatMul,
  compose: (call: KernelCall<FusedAttrs>, native) => {
    const { inputs, attrs } = withoutActivation(call);
    return activate(native({ ...inputs }, attrs), call);
  },
};
