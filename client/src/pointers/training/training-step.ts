import { countArguments, PointerMisuseError } from '../misuse.ts';
import { MultiPointerTensor } from '../multi-pointer-tensor.ts';
import { ScalarInput } from '../plain-leaves.ts';
import { Plan } from '../plan.ts';
import { FunctionTraces, takesNoMore } from '../plan-traces.ts';
import { PointerTensor } from '../pointer-tensor.ts';
import { spreadOver } from '../spread-over.ts';
import { leavesOf, withLeaves } from '../structure.ts';
import type { TensorHook } from '../tensor-hook.ts';
import type { UpdateRule } from './update-rule.ts';

/** What an optimizer remembers of a parameter. */
export interface ParameterState {
  readonly slots: readonly PointerTensor[];
  readonly numbers: readonly number[];
}

/** What a step is made of. */
export interface StepParts {
  readonly hook: TensorHook;
  readonly rule: UpdateRule;
  /** Of each parameter that a step gave; mutated. */
  readonly states: WeakMap<PointerTensor, ParameterState>;
  readonly learningRate: () => number;
  readonly loss: (params: never, ...data: never) => unknown;
}

/** What the plan of a step gives. */
interface StepOutput {
  readonly params: readonly PointerTensor[];
  readonly slots: readonly (readonly PointerTensor[])[];
  readonly loss: PointerTensor;
  readonly aux?: unknown;
}

/** Inputs of the plan that are not the caller's. */
interface StepSettings {
  readonly slots: readonly (readonly PointerTensor[])[];
  readonly numbers: readonly (readonly PointerTensor[])[];
  readonly minusRate: PointerTensor;
}

/** Makes a function that takes one step wherever parameters and batch are. */
export function makeStep(parts: StepParts): (params: unknown, ...data: unknown[]) => unknown {
  const plan = planOf(parts);
  const declared = parts.loss.length;
  const step = (params: unknown, data: readonly unknown[]): unknown => {
    const count = data.length + 1;
    if (count < declared || (count > declared && takesNoMore(parts.loss))) {
      throw new PointerMisuseError(
        `step() got ${countArguments(count)}, its loss function takes ${declared}; give parameters and batch`,
      );
    }
    const leaves = leavesOf([params, data]);
    const multi = leaves.filter((leaf) => leaf instanceof MultiPointerTensor);
    if (multi.length === 0) return stepAtWorker(parts, plan, { params, data });
    const single = leaves.filter((leaf) => leaf instanceof PointerTensor);
    const call = { name: 'step', args: [params, data], multi, single };
    return spreadOver(parts.hook, call, ([at, dataAt]) => step(at, dataAt as unknown[]));
  };
  return (params, ...data) => step(params, data);
}

function planOf({ hook, rule, loss }: StepParts): Plan<StepOutput, readonly unknown[]> {
  const body = (params: unknown, settings: StepSettings, ...data: readonly unknown[]) => {
    const leaves = leavesOf(params) as PointerTensor[];
    const lossOf = loss as (params: unknown, ...data: readonly unknown[]) => PointerTensor;
    const differentiated = hook.valueAndGrads((given: unknown) => lossOf(given, ...data));
    const { value, grads, ...others } = differentiated([params as PointerTensor]);
    const gradients = leavesOf(grads) as PointerTensor[];
    const updated = leaves.map((parameter, index) =>
      rule.update(hook, {
        parameter,
        gradient: gradients[index] as PointerTensor,
        slots: settings.slots[index] as PointerTensor[],
        numbers: settings.numbers[index] as PointerTensor[],
        minusRate: settings.minusRate,
      }),
    );
    return {
      params: updated.map(({ parameter }) => parameter),
      slots: updated.map(({ slots }) => slots),
      loss: value,
      ...others,
    };
  };
  return new Plan(hook, new FunctionTraces(hook, body as never));
}

function stepAtWorker(
  { rule, states, learningRate }: StepParts,
  plan: Plan<StepOutput, readonly unknown[]>,
  { params, data }: { readonly params: unknown; readonly data: readonly unknown[] },
): unknown {
  const leaves = checkParameters(params);
  const known = leaves.map((leaf) => states.get(leaf));
  const numbers = known.map((state) => rule.numbers(state?.numbers));
  const settings = {
    slots: known.map((state) => state?.slots ?? []),
    numbers: numbers.map((list) => list.map((value) => new ScalarInput(value))),
    minusRate: new ScalarInput(-learningRate()),
  };
  const [{ location }] = leaves;
  const result = plan.runFor('step', location, [params, settings, ...data]) as StepOutput;
  checkLoss(result);
  for (const [index, parameter] of result.params.entries()) {
    const slots = result.slots[index] ?? [];
    parameter.takeAlong(slots);
    states.set(parameter, { slots, numbers: numbers[index] ?? [] });
  }
  const { loss, aux } = result;
  return { params: withLeaves(params, result.params), loss, ...(aux === undefined ? {} : { aux }) };
}

/**
 * Checks that the loss is a scalar, and gives up the results otherwise: the gradient would be that of its
 * sum, in silence.
 */
function checkLoss({ loss, ...others }: StepOutput): void {
  const { shape } = loss;
  if (shape === null || shape.length === 0) return;
  for (const pointer of leavesOf([loss, others]) as PointerTensor[]) pointer.dispose();
  throw new PointerMisuseError(
    `step() got a loss of shape [${shape}], expected a scalar; return loss.mean() or loss.sum()`,
  );
}

/** @throws TypeError for parameters that no step can change. */
function checkParameters(params: unknown): readonly [PointerTensor, ...PointerTensor[]] {
  const leaves = leavesOf(params);
  const other = leaves.find((leaf) => !(leaf instanceof PointerTensor));
  if (leaves.length === 0 || other !== undefined || leaves.includes(undefined)) {
    throw new PointerMisuseError(
      `step() got parameters with ${leaves.length === 0 ? 'no tensor' : describe(other)}, expected pointers, or arrays and plain objects of them; send() the parameters to a worker first`,
    );
  }
  const pointers = leaves as unknown as readonly [PointerTensor, ...PointerTensor[]];
  if (new Set(pointers.map(({ object }) => object)).size < pointers.length) {
    throw new PointerMisuseError(
      'step() got one tensor as two parameters, which would part with this step; give it once, and use it twice in the loss function',
    );
  }
  const { dtype = null } = pointers.find((leaf) => (leaf.dtype ?? 'float32') !== 'float32') ?? {};
  if (dtype === null) return pointers;
  throw new PointerMisuseError(
    `step() got a parameter of dtype ${dtype}, expected float32; cast it, or give it with the batch`,
  );
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? `a ${value.constructor?.name}`
    : typeof value;
}
