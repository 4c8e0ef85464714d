import type { Tensor } from '@tensorflow/tfjs';
import {
  CommandError,
  formatObjectRef,
  gradientAttributesSchema,
  type RemotePlan,
  runAttributesSchema,
} from '../../protocol/index.ts';
import { assertInTime, type BatchRun } from '../batch/batch-run.ts';
import { attributesOf, type Command, checkCounts, type Verb } from '../batch/command.ts';
import { keepResults, newFacts } from '../batch/keep-object.ts';
import { checkResultCount, type Input, loadInputs } from '../batch/operation-command.ts';
import { withSafeBackend } from '../operations/safe-backend.ts';
import { mayRead, uniteRestrictions } from '../permissions/restrictions.ts';
import { checkInputCount } from '../plans/gradients.ts';
import { differentiatePlan, type PlanScope, runPlan } from '../plans/run-plan.ts';
import { formOfTensor } from '../tensor-bytes.ts';
import { planOf } from './plans.ts';

/** `$run`: runs a plan on objects; the results are the plan's outputs. */
export const runStoredPlan: Verb = async (run, command) => {
  const { plan, seed } = attributesOf(runAttributesSchema, command);
  await compute(run, command, { plan: await planOf(run, plan), seed, body: runPlan });
  return undefined;
};

/** `$grad`: value and gradients of a plan; the results are the value, then a gradient each. */
export const runGradient: Verb = async (run, command) => {
  const { plan: given, seed, wrt } = attributesOf(gradientAttributesSchema, command);
  const plan = await planOf(run, given);
  if (plan.outputs.length !== 1) {
    throw new CommandError(
      `The plan gives ${plan.outputs.length} tensors, allowed for gradients is 1; trace a function of one result`,
      { code: 'plan-invalid' },
    );
  }
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
  const refs = checkCounts(command, {});
  checkInputCount(plan, refs.length);
  const inputs = await loadInputs(run, command);
  const ordered = refs.map((ref) => inputs.get(formatObjectRef(run.nameOf(ref))) as Input);
  const { tf, caller } = run.context;
  const scope: PlanScope = {
    tf,
    budget: run.live.budget,
    assertInTime: () => assertInTime(run),
    isHidden: ordered.some(({ facts }) => !mayRead(facts, caller)),
    isRecorded: false,
    seed,
    draws: { count: 0 },
  };
  const restrictions = uniteRestrictions(ordered.map(({ facts }) => facts));
  const tensors = ordered.map(({ tensor }) => tensor);
  const made = withSafeBackend(tf, () => tf.tidy(() => [...body(scope, plan, tensors)]));
  checkResultCount(command, made);
  const facts = { kind: 'tensor', origin: 'computed', restrictions } as const;
  await keepResults(
    run,
    command,
    made.map((tensor) => ({ tensor, facts: newFacts(run, { ...formOfTensor(tensor), ...facts }) })),
  );
}
