import type { DataType, Tensor } from '@tensorflow/tfjs';
import { TributaryError } from '../../protocol/errors.ts';
import { refuse } from '../shapes/refuse.ts';
import type { OutputSpec, TensorSpec, Tf } from '../shapes/spec.ts';
import { callOperation } from './call-operation.ts';
import { inferOperation, mapOperands, OWN_OPERATIONS } from './infer-operation.ts';
import { namingOperation } from './name-operation.ts';
import { isValueOperand, plainOfOperand, tensorOfOperand } from './operands.ts';
import { SYNCHRONOUS_TWINS } from './own-async.ts';
import { type InferRequest, type Operand, operationOf, type RunRequest } from './request.ts';
import { holdingOwnValues, onSafeBackend, withSafeBackend } from './safe-backend.ts';

/**
 * Runs one operation on the safe backend: infers and checks first, then checks values, then computes.
 * Synchronous for every operation, also those that are asynchronous in tfjs.
 *
 * @param assertInTime - As {@link withSafeBackend} takes it; not asked where an outer call has one.
 * @returns the results in order, new tensors on the safe backend; the caller disposes them.
 * @throws {@link CommandError} when it is refused; `operation-failed` when it fails on its values. Messages
 *   never hold a tensor's values.
 */
export function runOperation(tf: Tf, request: RunRequest, assertInTime?: () => void): Tensor[] {
  const planned = inferOperation(tf, formsOf(request));
  try {
    const body = () => tf.tidy(() => owned(tf, request, checked(planned, compute(tf, request))));
    return withSafeBackend(tf, body, assertInTime);
  } catch (error) {
    if (error instanceof TributaryError) throw namingOperation(request.op, error);
    return refuse('operation-failed', `Operation ${request.op} failed on the values it got`);
  }
}

/** The request without values. */
export function formsOf(request: RunRequest): InferRequest {
  const formOf = (operand: Operand<Tensor>): Operand<OutputSpec> =>
    isValueOperand(operand) ? operand : { shape: operand.shape, dtype: operand.dtype };
  return { ...request, args: request.args.map((argument) => mapOperands(argument, formOf)) };
}

function compute(tf: Tf, request: RunRequest): readonly Tensor[] {
  const { op } = request;
  const args = request.args.map((argument) =>
    mapOperands(argument, (operand: Operand<Tensor>) =>
      isValueOperand(operand) ? operand : onSafeBackend(tf, operand),
    ),
  );
  const own = OWN_OPERATIONS[op];
  const tensorOf = (index: number, plainDtype?: DataType): Tensor =>
    tensorOfOperand(tf, args[index] as Operand<Tensor>, plainDtype);
  const tensorsOf = (index: number): Tensor[] =>
    [args[index] as Operand<Tensor> | Operand<Tensor>[]]
      .flat()
      .map((operand) => tensorOfOperand(tf, operand as Operand<Tensor>));
  const specOf = (index: number, plainDtype?: DataType): TensorSpec => tensorOf(index, plainDtype);
  const tensorNamed = (name: string): Tensor | undefined => {
    const index = tensorParameters(op).indexOf(name);
    return (args[index] ?? null) === null ? undefined : tensorOf(index);
  };
  const given = {
    tf,
    op,
    attributes: request.attributes,
    specOf,
    plainOf: (index: number) => plainOfOperand(args[index]),
    tensorOf,
    tensorsOf,
    tensorNamed,
  };
  if (own?.recorded !== undefined && isRecording(tf)) return own.recorded(given);
  const attributes = own?.amend?.(given) ?? given.attributes;
  if (own?.run !== undefined) return own.run(given);
  return callOperation(tf, operationOf(op), { op: SYNCHRONOUS_TWINS[op] ?? op, args, attributes });
}

/** Names of the parameters that take tensors, in order. */
function tensorParameters(op: string): string[] {
  return operationOf(op)
    .parameters.filter(({ kind }) => kind !== 'value')
    .map(({ name }) => name);
}

function isRecording(tf: Tf): boolean {
  return tf.engine().state.gradientDepth > 0;
}

/** What was made is what was planned; memory that nobody wrote to would show here. */
function checked(planned: readonly OutputSpec[], made: readonly Tensor[]): readonly Tensor[] {
  const isPlanned = made.every(({ shape, dtype }, index) => {
    const plan = planned[index];
    return plan?.dtype === dtype && (plan.shape ?? shape).join() === shape.join();
  });
  if (!isPlanned || made.length !== planned.length) {
    const forms = made.map(({ shape, dtype }) => `${dtype} [${shape}]`).join(', ');
    refuse('operation-failed', `An operation made ${forms}, which is not what was planned`);
  }
  return made;
}

/** Tensors of their own, where tfjs hands on an argument. */
function owned(tf: Tf, { args }: RunRequest, made: readonly Tensor[]): Tensor[] {
  const given = new Set<unknown>(args.flat());
  // Some operations fill an array without any kernel.
  return made
    .map((tensor) => holdingOwnValues(tf, tensor))
    .map((tensor, index) =>
      given.has(tensor) || made.indexOf(tensor) < index ? tensor.clone() : tensor,
    );
}
