import type { Tensor } from '@tensorflow/tfjs';
import { withGradients } from '../../gradients/index.ts';
import { CommandError, type RemotePlan, TributaryError } from '../../protocol/index.ts';
import { withoutAdditions } from '../../protocol/own-members.ts';
import type { Tf } from '../shapes/spec.ts';
import { checkInputForms } from './input-forms.ts';
import { dependenceOf } from './tape.ts';

/** What to differentiate, and where. */
export interface GradientRequest {
  /** Its first output is differentiated; what else it gives is auxiliary. */
  readonly plan: RemotePlan;
  readonly inputs: readonly Tensor[];
  /** Places of the inputs that gradients are with respect to; `undefined` is all. */
  readonly wrt: readonly number[] | undefined;
  /** Runs the plan and answers its outputs, new tensors; gradients are recorded meanwhile. */
  readonly evaluate: (plan: RemotePlan, inputs: readonly Tensor[]) => readonly Tensor[];
}

/**
 * Value of a plan and its gradients by reverse-mode differentiation: tfjs's `valueAndGrads` on the
 * safe backend.
 *
 * @returns the value, the gradients in the order of `wrt`, and the further outputs of the plan; new tensors,
 *   the caller disposes them.
 * @throws {@link CommandError} `gradient-undefined`, `inputs-mismatch`, and whatever running the plan refuses.
 */
export function gradientsOf(
  tf: Tf,
  { plan, inputs, wrt, evaluate }: GradientRequest,
): readonly Tensor[] {
  checkInputCount(plan, inputs.length);
  checkInputForms(plan, inputs);
  const places = wrt ?? [...inputs.keys()];
  const variables = places.map((place) => variableAt(inputs, place));
  if (variables.length === 0) throw undefinedGradient();
  let kept: readonly Tensor[] = [];
  const valueAt = (...values: Tensor[]): Tensor => {
    const given = inputs.map((input, place) => values[places.indexOf(place)] ?? input);
    const [value, ...others] = evaluate(plan, given) as readonly [Tensor, ...Tensor[]];
    // tfjs disposes what is made here and not returned.
    kept = others.map((tensor) => tf.keep(tensor));
    for (const [index, variable] of values.entries()) {
      checkDependence(tf, { value, variable, place: places[index] ?? index });
    }
    return value;
  };
  try {
    const { value, grads } = withoutAdditions(() =>
      withGradients(tf, () => tf.valueAndGrads(valueAt)(variables)),
    );
    // One tensor that was given twice has one gradient: each of its results gets a tensor of its own.
    return [
      value,
      ...grads.map((grad, place) => (grads.indexOf(grad) < place ? grad.clone() : grad)),
      ...kept.map((tensor) => tensor.clone()),
    ];
  } catch (cause) {
    disposeTape(tf);
    if (cause instanceof TributaryError) throw cause;
    throw undefinedGradient(cause);
  } finally {
    tf.dispose([...kept]);
  }
}

interface Variable {
  readonly value: Tensor;
  readonly variable: Tensor;
  /** Of the input that it is. */
  readonly place: number;
}

/** @throws {@link CommandError} `gradient-undefined`, with what the output depends on the input by. */
function checkDependence(tf: Tf, { value, variable, place }: Variable): void {
  const { isDifferentiable, endings } = dependenceOf(tf, value, variable);
  if (isDifferentiable) return;
  const form = `input ${place} (${variable.dtype} [${variable.shape}])`;
  const [plural, why] = [endings.length > 1, endings.join(', ')];
  throw new CommandError(
    endings.length === 0
      ? `The plan has no gradient with respect to ${form}: its output does not depend on it; compute the output from this input, or leave the input out`
      : `The plan has no gradient with respect to ${form}: its output depends on it through ${why} only, whose ${plural ? 'results jump' : 'result jumps'}; use differentiable operations of float32`,
    { code: 'gradient-undefined' },
  );
}

/** @throws {@link CommandError} `inputs-mismatch`. */
export function checkInputCount({ inputs }: RemotePlan, got: number): void {
  if (got === inputs) return;
  throw new CommandError(`The plan got ${got} inputs, expected ${inputs}; give one for each`, {
    code: 'inputs-mismatch',
  });
}

/** tfjs leaves what a gradient would have needed when it fails on the way. */
function disposeTape(tf: Tf): void {
  const { state } = tf.engine();
  // A gradient around this one still records on the same tape; it fails too.
  if (state.gradientDepth > 0) return;
  for (const { saved = [] } of state.activeTape ?? []) tf.dispose(saved);
  state.activeTape = [];
}

function variableAt(inputs: readonly Tensor[], place: number): Tensor {
  const variable = inputs[place];
  if (variable?.dtype === 'complex64') {
    throw new CommandError(
      `A gradient with respect to input ${place} was asked for, which is complex64 [${variable.shape}], expected float32; compute with real numbers`,
      { code: 'gradient-undefined' },
    );
  }
  if (variable !== undefined) return variable;
  throw new CommandError(
    `A gradient with respect to input ${place} was asked for, there are ${inputs.length}; name inputs from 0`,
    { code: 'inputs-mismatch' },
  );
}

function undefinedGradient(cause?: unknown): CommandError {
  return new CommandError(
    'The plan has no gradient with respect to these inputs; its output has to depend on each through differentiable operations of float32',
    { code: 'gradient-undefined', cause },
  );
}
