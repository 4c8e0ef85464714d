import type { DataType, Tensor } from '@tensorflow/tfjs';
import type { TensorOperation } from '../../protocol/commands/operations.generated.ts';
import { TributaryError } from '../../protocol/errors.ts';
import { withBackend, withoutTape } from '../shapes/active-backend.ts';
import {
  METADATA_BACKEND,
  type MetadataBackend,
  metadataBackendOf,
} from '../shapes/metadata-backend.ts';
import { addWork, checkOutput } from '../shapes/plan-kernel.ts';
import { refusal, refuse } from '../shapes/refuse.ts';
import { elementsOf, type OutputSpec, type TensorSpec, type Tf } from '../shapes/spec.ts';
import { callOperation } from './call-operation.ts';
import { namingOperation } from './name-operation.ts';
import { isValueOperand, plainOfOperand, tensorOfOperand } from './operands.ts';
import { OWN_ASYNC, SYNCHRONOUS_TWINS } from './own-async.ts';
import { OWN_CREATION } from './own-creation.ts';
import { OWN_CUMULATION } from './own-cumulation.ts';
import { OWN_DEFAULTS } from './own-defaults.ts';
import { OWN_EINSUM } from './own-einsum.ts';
import { OWN_EXTENTS } from './own-extents.ts';
import { OWN_MEANS } from './own-means.ts';
import type { OwnOperation } from './own-operation.ts';
import { OWN_RECORDED } from './own-recorded.ts';
import { OWN_TRUTHS } from './own-truths.ts';
import { checkRequest, type InferRequest, type Operand } from './request.ts';

/** Operations that aren't left to tfjs alone, by name; the prototype is null. */
export const OWN_OPERATIONS: Readonly<Record<string, OwnOperation>> = Object.freeze({
  __proto__: null as never,
  ...OWN_ASYNC,
  ...OWN_CREATION,
  ...OWN_CUMULATION,
  ...OWN_DEFAULTS,
  ...OWN_EINSUM,
  ...OWN_EXTENTS,
  ...OWN_MEANS,
  ...OWN_RECORDED,
  ...OWN_TRUTHS,
});

/**
 * Forms of an operation's results, from the forms of its inputs alone: tfjs's own function runs on
 * tensors without values. Checks every argument that isn't a value, and every bound.
 *
 * Leaves tfjs as it was: its backend, its tensors, the gradients it records.
 *
 * @returns one form per result, in order; `null` where it depends on values or on an input that isn't known.
 * @throws {@link CommandError} when the operation can't run; `shape-unknown` when not even the number of
 *   results can be told.
 */
export function inferOperation(tf: Tf, request: InferRequest): OutputSpec[] {
  const operation = checkRequest(request);
  if (request.args.flat().some(isUnknown)) return unknownOutputs(request.op, operation);
  return onForms(tf, request.op, (backend) => inferOn(backend, { tf, operation, request }));
}

function isUnknown(operand: Operand<OutputSpec> | null): boolean {
  if (operand === null || isValueOperand(operand)) return false;
  return operand.shape === null || operand.dtype === null;
}

function unknownOutputs(op: string, { outputs }: TensorOperation): OutputSpec[] {
  if (outputs === 'list') {
    refuse(
      'shape-unknown',
      `Operation ${op} makes as many tensors as its input's shape says, which isn't known yet; await ready() of the input, or give hook.plan its inputs`,
    );
  }
  const count = outputs === 'one' ? 1 : outputs === 'pair' ? 2 : outputs.length;
  return Array.from({ length: count }, () => ({ shape: null, dtype: null }));
}

/** Runs with the metadata backend active, and frees whatever tensors were made. */
function onForms(
  tf: Tf,
  op: string,
  body: (backend: MetadataBackend) => OutputSpec[],
): OutputSpec[] {
  const backend = metadataBackendOf(tf);
  backend.meter.work = 0;
  const tidy = (): OutputSpec[] => tf.tidy(() => body(backend) as never);
  try {
    return withoutTape(tf, () => withBackend(tf, METADATA_BACKEND, tidy));
  } catch (error) {
    throw refusalOf(op, error);
  }
}

function inferOn(
  backend: MetadataBackend,
  { tf, operation, request }: { tf: Tf; operation: TensorOperation; request: InferRequest },
): OutputSpec[] {
  const toTensor = (operand: Operand<OutputSpec>) => formOf(backend, operand);
  const args = request.args.map((argument) => mapOperands(argument, toTensor));
  const { op } = request;
  const own = OWN_OPERATIONS[op];
  const specOf = (index: number, plainDtype?: DataType): TensorSpec =>
    tensorOfOperand(tf, args[index] as Operand<Tensor>, plainDtype);
  const plainOf = (index: number) => plainOfOperand(request.args[index]);
  const given = { tf, op, attributes: request.attributes, specOf, plainOf };
  own?.check?.(given);
  const attributes = own?.amend?.(given) ?? given.attributes;
  if (own?.infer) {
    const outputs = [...own.infer(given)];
    for (const output of outputs) {
      checkOutput({ kernel: `Operation ${op}` }, output);
      addWork(backend.meter, elementsOf(output.shape ?? []));
    }
    return outputs;
  }
  const named = SYNCHRONOUS_TWINS[op] ?? op;
  return callOperation(tf, operation, { op: named, args, attributes }).map((tensor) =>
    backend.specOf(tensor),
  );
}

/** Applies a function to each operand of an argument. */
export function mapOperands<From, To>(
  argument: From | readonly From[] | null,
  map: (operand: From) => To,
): To | To[] | null {
  if (argument === null) return null;
  return Array.isArray(argument) ? argument.map(map) : map(argument as From);
}

function formOf(backend: MetadataBackend, operand: Operand<OutputSpec>): Operand<Tensor> {
  if (isValueOperand(operand)) return operand;
  checkOutput({ kernel: 'An input' }, operand);
  return backend.makeTensor(operand as TensorSpec);
}

/** Longest part of what tfjs says that a message repeats. */
const REASON_LENGTH_MAX = 400;

/** tfjs ran on forms alone, so that what it says holds no value. */
function refusalOf(op: string, error: unknown): unknown {
  if (error instanceof TributaryError) return namingOperation(op, error);
  const isSaid = error instanceof Error && error.name === 'Error';
  const reason = isSaid ? error.message.slice(0, REASON_LENGTH_MAX).replace(/\.\s*$/, '') : '';
  return refusal(
    'argument-invalid',
    reason === ''
      ? `Operation ${op} can't take arguments of these shapes and dtypes; look them up in the documentation of tfjs`
      : `Operation ${op} can't take these arguments: ${reason}`,
  );
}
