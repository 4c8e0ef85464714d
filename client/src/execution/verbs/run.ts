import type { Tensor } from '@tensorflow/tfjs';
import {
  type CommandArgument,
  decodeValue,
  gradientAttributesSchema,
  type RemotePlan,
  runAttributesSchema,
} from '../../protocol/index.ts';
import { assertInTime, type BatchRun } from '../batch/batch-run.ts';
import { attributesOf, type Command, commandInvalid, isList, type Verb } from '../batch/command.ts';
import { keepResults, newFacts } from '../batch/keep-object.ts';
import { checkResultCount, type Input, inputOf, loadInputs } from '../batch/operation-command.ts';
import { withSafeBackend } from '../operations/safe-backend.ts';
import { mayRead, partyOf, uniteRestrictions } from '../permissions/restrictions.ts';
import { checkInputCount } from '../plans/gradients.ts';
import { checkInputForms } from '../plans/input-forms.ts';
import { differentiatePlan, type PlanScope, runPlan } from '../plans/run-plan.ts';
import type { OutputSpec } from '../shapes/spec.ts';
import { formOfTensor } from '../tensor-bytes.ts';
import { planOf } from './plans.ts';

/** `$run`: runs a plan on objects; the results are the plan's outputs. */
export const runStoredPlan: Verb = async (run, command) => {
  const { plan, seed } = attributesOf(runAttributesSchema, command);
  await compute(run, command, { plan: await planOf(run, plan), seed, body: runPlan });
  return undefined;
};

/** `$grad`: the results are a plan's first output, its gradients, and the plan's further outputs. */
export const runGradient: Verb = async (run, command) => {
  const { plan: given, seed, wrt } = attributesOf(gradientAttributesSchema, command);
  const plan = await planOf(run, given);
  await compute(run, command, {
    plan,
    seed,
    body: (scope, _, inputs) => differentiatePlan(scope, { plan, inputs, wrt }),
  });
  return undefined;
};

interface Computation {
  readonly plan: RemotePlan;
  readonly seed: number | undefined;
  readonly body: (
    scope: PlanScope,
    plan: RemotePlan,
    inputs: readonly Tensor[],
  ) => readonly Tensor[];
}

async function compute(
  run: BatchRun,
  command: Command,
  { plan, seed, body }: Computation,
): Promise<void> {
  const [op, args] = command.wire;
  checkInputCount(plan, args.length);
  const inputs = await loadInputs(run, command);
  const ordered = args.map(
    (argument) => inputOf(run, inputs, argument) ?? plainInput(op, argument),
  );
  checkInputForms(plan, ordered.map(formOfInput));
  const objects = [...inputs.values()];
  const { tf, caller } = run.context;
  const scope: PlanScope = {
    tf,
    budget: run.live.budget,
    assertInTime: () => assertInTime(run),
    isHidden: objects.some(({ facts }) => !mayRead(facts, caller)),
    isRecorded: false,
    seed,
    draws: { count: 0 },
  };
  const restrictions = uniteRestrictions(objects.map(({ facts }) => facts));
  await run.context.prepare?.(partyOf({ restrictions }, caller));
  const tensorsOf = () =>
    ordered.map((input) => (typeof input === 'object' ? input.tensor : tf.scalar(input)));
  const made = withSafeBackend(
    tf,
    () => tf.tidy(() => [...body(scope, plan, tensorsOf())]),
    scope.assertInTime,
  );
  checkResultCount(command, made);
  const facts = { kind: 'tensor', origin: 'computed', restrictions } as const;
  await keepResults(
    run,
    command,
    made.map((tensor) => ({ tensor, facts: newFacts(run, { ...formOfTensor(tensor), ...facts }) })),
  );
}

/** What an operation sees of an input; a plain value is a scalar. */
function formOfInput(input: Input | number | boolean): OutputSpec {
  if (typeof input === 'object') return formOfTensor(input.tensor);
  return { shape: [], dtype: typeof input === 'boolean' ? 'bool' : 'float32' };
}

/** The number or truth value that an input is instead of a tensor. */
function plainInput(op: string, argument: CommandArgument): number | boolean {
  const item = argument === null || isList(argument) ? undefined : argument;
  const value = typeof item === 'object' ? decodeValue(item.value) : undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  throw commandInvalid(op, 'got an input that is neither a reference nor a number nor a boolean');
}
