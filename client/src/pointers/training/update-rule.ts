import type { PointerTensor } from '../pointer-tensor.ts';
import type { TensorHook } from '../tensor-hook.ts';

/** One parameter in a step, all at its worker. */
export interface ParameterStep {
  readonly parameter: PointerTensor;
  readonly gradient: PointerTensor;
  /** What the last step kept for the parameter; empty at its first step. */
  readonly slots: readonly PointerTensor[];
  /** {@link UpdateRule.numbers} of this step, scalars. */
  readonly numbers: readonly PointerTensor[];
  /** The learning rate, negative; a scalar. */
  readonly minusRate: PointerTensor;
}

/** A parameter after a step. */
export interface UpdatedParameter {
  readonly parameter: PointerTensor;
  readonly slots: readonly PointerTensor[];
}

/** How an optimizer moves a parameter: the arithmetic of TensorFlow.js's optimizer, in its order. */
export interface UpdateRule {
  /** Numbers that change from step to step, from those of the step before. */
  readonly numbers: (previous: readonly number[] | undefined) => readonly number[];
  readonly update: (hook: TensorHook, step: ParameterStep) => UpdatedParameter;
}

/** p − rate·g. */
export const SGD: UpdateRule = {
  numbers: () => [],
  update: (_, { parameter, gradient, minusRate }) => ({
    parameter: minusRate.mul(gradient).add(parameter),
    slots: [],
  }),
};

/** Settings of {@link momentumRule}. */
export interface MomentumSettings {
  readonly momentum: number;
  readonly useNesterov: boolean;
}

/**
 * a ← momentum·a + g, then p − rate·a; with Nesterov's variant p − rate·(g + momentum·a).
 *
 * @see Sutskever et al. 2013, On the importance of initialization and momentum in deep learning
 */
export function momentumRule({ momentum, useNesterov }: MomentumSettings): UpdateRule {
  return {
    numbers: () => [],
    update: (hook, { parameter, gradient, slots, minusRate }) => {
      const [accumulated = hook.tf.zerosLike(parameter)] = slots;
      const next = accumulated.mul(momentum).add(gradient);
      const direction = useNesterov ? gradient.add(next.mul(momentum)) : next;
      return { parameter: minusRate.mul(direction).add(parameter), slots: [next] };
    },
  };
}

/** Settings of {@link adamRule}. */
export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/**
 * Moving averages of gradient and squared gradient, corrected for their start at zero.
 *
 * @see Kingma and Ba 2015, Adam, Algorithm 1 (arXiv:1412.6980)
 */
export function adamRule({ beta1, beta2, epsilon }: AdamSettings): UpdateRule {
  const betas = [Math.fround(beta1), Math.fround(beta2)];
  return {
    // β₁ᵗ and β₂ᵗ in float32, as TensorFlow.js keeps them.
    numbers: (previous) =>
      previous === undefined
        ? betas
        : previous.map((power, index) => Math.fround(power * (betas[index] as number))),
    update: (hook, { parameter, gradient, slots, numbers, minusRate }) => {
      const [first = hook.tf.zerosLike(parameter), second = hook.tf.zerosLike(parameter)] = slots;
      const [power1, power2] = numbers as readonly [PointerTensor, PointerTensor];
      const mean = first.mul(beta1).add(gradient.mul(1 - beta1));
      const square = second.mul(beta2).add(gradient.square().mul(1 - beta2));
      const corrected = mean.div(hook.tf.sub(1, power1));
      const scale = square.div(hook.tf.sub(1, power2)).sqrt().add(epsilon);
      return {
        parameter: corrected.div(scale).mul(minusRate).add(parameter),
        slots: [mean, square],
      };
    },
  };
}
