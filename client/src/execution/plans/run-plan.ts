import type { Tensor } from '@tensorflow/tfjs';
import {
  CommandError,
  decodeAttributes,
  decodeBase64,
  elementCount,
  OPERATIONS,
  type PlanConstant,
  parseInnerGradient,
  type RemotePlan,
  type TensorArgument,
  type WireCommand,
} from '../../protocol/index.ts';
import { isList, listOf } from '../batch/command.ts';
import type { ElementBudget } from '../batch/live-objects.ts';
import { plainOperand, requestOf } from '../batch/operation-command.ts';
import type { RunRequest } from '../operations/request.ts';
import { formsOf, runOperation } from '../operations/run-operation.ts';
import { assertTellsNothing } from '../permissions/hidden-values.ts';
import type { Tf } from '../shapes/spec.ts';
import { checkElements, tensorFromBytes } from '../tensor-bytes.ts';
import { type GradientRequest, gradientsOf } from './gradients.ts';
import { seedAt } from './plan-seeds.ts';
import { finishRecording, type ParameterNames, tapeOf } from './tape.ts';

/** What the commands of one run of a plan share. */
export interface PlanScope {
  readonly tf: Tf;
  readonly budget: ElementBudget;
  /** @throws {@link CommandError} `time-limit`. */
  readonly assertInTime: () => void;
  /** True if the caller may not read an input; then nothing may tell of values. */
  readonly isHidden: boolean;
  /** True while gradients are recorded, which need what was computed on the way. */
  readonly isRecorded: boolean;
  readonly seed: number | undefined;
  /** Random commands so far; mutated. */
  readonly draws: { count: number };
}

/**
 * Runs a plan's commands on tensors, on the safe backend. Synchronous, so that gradients can be
 * recorded.
 *
 * @param inputs - As many as the plan has; they stay the caller's.
 * @returns the outputs in order, new tensors; the caller disposes them.
 * @throws {@link CommandError} whatever a command is refused with, `memory-exceeded`, `time-limit`.
 */
export function runPlan(scope: PlanScope, plan: RemotePlan, inputs: readonly Tensor[]): Tensor[] {
  const locals = new PlanLocals(scope, plan, inputs);
  try {
    for (const [index, command] of plan.commands.entries()) {
      scope.assertInTime();
      const [, , , results] = command;
      const made = runRecorded(scope, command, (ref) => locals.get(ref));
      locals.add(results, made, index);
    }
    return plan.outputs.map((ref) => locals.get(ref).clone());
  } finally {
    locals.dispose();
  }
}

/** As {@link gradientsOf}; the plan runs as {@link runPlan} does. */
export function differentiatePlan(
  scope: PlanScope,
  request: Omit<GradientRequest, 'evaluate'>,
): readonly Tensor[] {
  const recorded = { ...scope, isRecorded: true };
  return gradientsOf(scope.tf, {
    ...request,
    evaluate: (plan, inputs) => runPlan(recorded, plan, inputs),
  });
}

/** Runs a command; what tfjs records of it meanwhile can be differentiated. */
function runRecorded(
  scope: PlanScope,
  command: WireCommand,
  tensorOf: (ref: string) => Tensor,
): readonly Tensor[] {
  if (!scope.isRecorded) return runCommand(scope, command, tensorOf);
  const start = tapeOf(scope.tf).length;
  const made = runCommand(scope, command, tensorOf);
  const [op] = command;
  const name = op === '$grad' ? 'valueAndGrads' : op;
  const parameters = parameterNames(command, tensorOf);
  finishRecording(scope.tf, start, { op: name, parameters, results: made });
  return made;
}

/** Which parameter of an operation each tensor was given for. */
function parameterNames(
  [op, args]: WireCommand,
  tensorOf: (ref: string) => Tensor,
): ParameterNames {
  const parameters = (OPERATIONS[op]?.parameters ?? []).filter(({ kind }) => kind !== 'value');
  const names = args.flatMap((argument, index) => {
    const { name = `input ${index}` } = parameters[index] ?? {};
    const isOfList = isList(argument);
    return listOf(argument).flatMap((item, place) =>
      typeof item === 'string'
        ? [[tensorOf(item).id, isOfList ? `${name}[${place}]` : name] as const]
        : [],
    );
  });
  return new Map(names);
}

function runCommand(
  scope: PlanScope,
  command: WireCommand,
  tensorOf: (ref: string) => Tensor,
): readonly Tensor[] {
  const [op, args, attributes] = command;
  if (op === '$grad') {
    const { plan, wrt } = parseInnerGradient(attributes);
    const refs = args.flatMap(listOf).filter((item) => typeof item === 'string');
    return differentiatePlan(scope, { plan, wrt, inputs: refs.map(tensorOf) });
  }
  const request = requestOf(
    { wire: command },
    {
      attributes: withSeed(scope, op, decodeAttributes(attributes)),
      operandOf: (argument: TensorArgument) =>
        typeof argument === 'string' ? tensorOf(argument) : plainOperand(argument),
    },
  );
  // Any of a plan's tensors may come from a private input.
  const isHidden = args.map(() => scope.isHidden);
  assertTellsNothing(scope.tf, { request: formsOf(request), isHidden });
  return runOperation(scope.tf, request);
}

/** A random command without a seed of its own draws by the run's. */
function withSeed(
  { seed, draws }: PlanScope,
  op: string,
  attributes: RunRequest['attributes'],
): RunRequest['attributes'] {
  if (OPERATIONS[op]?.isRandom !== true || attributes['seed'] !== undefined) return attributes;
  if (seed === undefined) return attributes;
  draws.count += 1;
  return { ...attributes, seed: seedAt(seed, draws.count - 1) };
}

/** The tensors of one run by their names in the plan. */
class PlanLocals {
  readonly #scope: PlanScope;
  readonly #inputs: ReadonlyMap<string, Tensor>;
  readonly #made = new Map<string, Tensor>();
  readonly #lastUses: ReadonlyMap<string, number>;

  constructor(scope: PlanScope, plan: RemotePlan, inputs: readonly Tensor[]) {
    this.#scope = scope;
    this.#inputs = new Map(inputs.map((tensor, index) => [`i${index}`, tensor]));
    this.#lastUses = lastUsesOf(plan);
    for (const [index, constant] of plan.constants.entries()) {
      this.#hold(`c${index}`, constantTensor(scope.tf, constant));
    }
  }

  get(ref: string): Tensor {
    const tensor = this.#inputs.get(ref) ?? this.#made.get(ref);
    // The plan was checked: every name stands for something before it.
    if (tensor === undefined) throw new Error(`A plan's tensor ${ref} is missing`);
    return tensor;
  }

  /** Takes over what a command made, and disposes what no later one needs. */
  add(results: readonly string[], made: readonly Tensor[], index: number): void {
    if (made.length !== results.length) {
      for (const tensor of made) tensor.dispose();
      throw new CommandError(
        `A command of the plan made ${made.length} tensors and names ${results.length}; trace it again`,
        { code: 'results-mismatch' },
      );
    }
    for (const [place, result] of results.entries()) this.#hold(result, made[place] as Tensor);
    if (this.#scope.isRecorded) return;
    for (const [ref, tensor] of this.#made) {
      if ((this.#lastUses.get(ref) ?? -1) <= index) this.#dispose(ref, tensor);
    }
  }

  dispose(): void {
    for (const [ref, tensor] of [...this.#made]) this.#dispose(ref, tensor);
  }

  #hold(ref: string, tensor: Tensor): void {
    this.#made.set(ref, tensor);
    this.#scope.budget.claim(elementCount(tensor.shape));
  }

  #dispose(ref: string, tensor: Tensor): void {
    this.#made.delete(ref);
    this.#scope.budget.release(elementCount(tensor.shape));
    tensor.dispose();
  }
}

function lastUsesOf({ commands, outputs }: RemotePlan): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  for (const [index, [, args]] of commands.entries()) {
    for (const item of args.flatMap(listOf)) if (typeof item === 'string') uses.set(item, index);
  }
  for (const output of outputs) uses.set(output, commands.length);
  return uses;
}

function constantTensor(tf: Tf, constant: PlanConstant): Tensor {
  const bytes = decodeBase64(constant.data) ?? new Uint8Array();
  checkElements(constant, bytes);
  return tensorFromBytes(tf, constant, bytes);
}
