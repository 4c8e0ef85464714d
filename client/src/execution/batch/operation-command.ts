import type { Tensor } from '@tensorflow/tfjs';
import {
  type CommandArgument,
  CommandError,
  decodeAttributes,
  decodeValue,
  formatObjectRef,
  type ObjectName,
  type TensorArgument,
} from '../../protocol/index.ts';
import type { PlainValue } from '../operations/attribute-values.ts';
import { mapOperands } from '../operations/infer-operation.ts';
import type { Operand, RunRequest } from '../operations/request.ts';
import { formsOf, runOperation } from '../operations/run-operation.ts';
import { assertTellsNothing } from '../permissions/hidden-values.ts';
import {
  mayRead,
  partyOf,
  releasableCount,
  uniteRestrictions,
} from '../permissions/restrictions.ts';
import { formOfTensor } from '../tensor-bytes.ts';
import { assertInTime, type BatchRun } from './batch-run.ts';
import { type Command, listOf } from './command.ts';
import { loadObject } from './find-object.ts';
import { keepResults, newFacts } from './keep-object.ts';
import type { LiveObject } from './live-objects.ts';

/** A tensor with its name. */
export interface Input {
  readonly name: ObjectName;
  readonly facts: LiveObject['facts'];
  readonly tensor: Tensor;
}

/**
 * Runs a tensor operation and keeps what it makes.
 *
 * @throws {@link CommandError} whatever the operation, its permissions or the store refuse.
 */
export async function runOperationCommand(run: BatchRun, command: Command): Promise<void> {
  const [op, args, attributes] = command.wire;
  const inputs = await loadInputs(run, command);
  const request = requestOf(command, {
    attributes: decodeAttributes(attributes),
    operandOf: (argument) => operandOf(run, inputs, argument),
  });
  assertTellsNothing(run.context.tf, {
    request: formsOf(request),
    isHidden: args.map((argument) => isHidden(run, inputs, argument)),
  });
  const restrictions = uniteRestrictions([...inputs.values()].map(({ facts }) => facts));
  const releasableOver = releasableCount(
    op,
    args.flatMap(listOf).map((item) => inputOf(run, inputs, item)),
  );
  await run.context.prepare?.(partyOf({ restrictions }, run.context.caller));
  const made = runOperation(run.context.tf, request, () => assertInTime(run));
  checkResultCount(command, made);
  await keepResults(
    run,
    command,
    made.map((tensor) => ({
      tensor,
      facts: newFacts(run, {
        ...formOfTensor(tensor),
        kind: 'tensor',
        origin: 'computed',
        restrictions,
        ...(releasableOver === undefined ? {} : { releasableOver }),
      }),
    })),
  );
}

/**
 * Every tensor that a command names, by absolute reference.
 *
 * @throws {@link ObjectNotFoundError} for the first that is not there.
 * @throws {@link CommandError} `object-is-pointer` for pointers, which hold no values.
 */
export async function loadInputs(
  run: BatchRun,
  { index, wire }: Command,
): Promise<ReadonlyMap<string, Input>> {
  const refs = wire[1].flatMap(listOf).filter((item) => typeof item === 'string');
  const names = new Map(refs.map((ref) => [formatObjectRef(run.nameOf(ref)), run.nameOf(ref)]));
  const loading = [...names.values()].map(async (name) => ({
    name,
    ...(await loadObject(run, name, index)),
  }));
  // All of them, so that none arrives after the command has failed.
  const outcomes = await Promise.allSettled(loading);
  const inputs = new Map<string, Input>();
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') throw outcome.reason;
    const { name, facts, tensor } = outcome.value;
    if (tensor === undefined) throw isPointer(name);
    inputs.set(formatObjectRef(name), { name, facts, tensor });
  }
  return inputs;
}

/**
 * A command's arguments as an operation takes them.
 *
 * @throws {@link CommandError} `attribute-invalid` for plain values of another form.
 */
export function requestOf(
  { wire }: Pick<Command, 'wire'>,
  {
    attributes,
    operandOf,
  }: {
    readonly attributes: RunRequest['attributes'];
    readonly operandOf: (argument: TensorArgument) => Operand<Tensor>;
  },
): RunRequest {
  const [op, args] = wire;
  return { op, args: args.map((argument) => mapOperands(argument, operandOf)), attributes };
}

/** A plain value as an operation takes it. */
export function plainOperand(argument: Exclude<TensorArgument, string>): Operand<Tensor> {
  return { value: decodeValue(argument.value) as PlainValue };
}

/** @throws {@link CommandError} `results-mismatch`; the tensors are disposed then. */
export function checkResultCount({ wire }: Command, made: readonly Tensor[]): void {
  const [op, , , results] = wire;
  if (made.length === results.length) return;
  for (const tensor of made) tensor.dispose();
  throw new CommandError(
    `${op} made ${made.length} tensors and got ${results.length} result ids; give one id for each`,
    { code: 'results-mismatch' },
  );
}

function operandOf(
  run: BatchRun,
  inputs: ReadonlyMap<string, Input>,
  argument: TensorArgument,
): Operand<Tensor> {
  const input = inputOf(run, inputs, argument);
  return input === undefined ? plainOperand(argument as { readonly value: never }) : input.tensor;
}

/** The loaded tensor that an argument names; `undefined` if it names none. */
export function inputOf(
  run: BatchRun,
  inputs: ReadonlyMap<string, Input>,
  argument: CommandArgument,
): Input | undefined {
  if (typeof argument !== 'string') return undefined;
  return inputs.get(formatObjectRef(run.nameOf(argument)));
}

function isHidden(
  run: BatchRun,
  inputs: ReadonlyMap<string, Input>,
  argument: CommandArgument,
): boolean {
  return listOf(argument).some((item) => {
    const input = inputOf(run, inputs, item);
    return input !== undefined && !mayRead(input.facts, run.context.caller);
  });
}

function isPointer(name: ObjectName): CommandError {
  return new CommandError(
    `Object ${formatObjectRef(name)} is a pointer and has no values here; compute where it points`,
    { code: 'object-is-pointer' },
  );
}
