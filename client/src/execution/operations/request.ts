/** Requests for one operation, checked against the table. */
import type { Tensor } from '@tensorflow/tfjs';
import {
  EXCLUDED_OPERATIONS,
  OPERATIONS,
  type OperationParameter,
  type TensorOperation,
} from '../../protocol/commands/operations.generated.ts';
import { describeValue } from '../../protocol/json-fault.ts';
import { hasOwn } from '../../protocol/own-members.ts';
import { refuse } from '../shapes/refuse.ts';
import type { OutputSpec } from '../shapes/spec.ts';
import { checkValue, type PlainValue } from './attribute-values.ts';

/** A number, boolean or nested array of them given where a tensor may stand; tfjs converts it. */
export interface ValueOperand {
  readonly value: PlainValue;
}

/** One tensor argument: a tensor, what is known of one, or a plain value. */
export type Operand<Known> = Known | ValueOperand;

/** One operation with its arguments. */
export interface OperationRequest<Known = OutputSpec> {
  /** Name in the table of operations, such as `image.resizeBilinear`. */
  readonly op: string;
  /** The tensor parameters in the table's order; `null` is an optional one left out, and may be left off at the end. */
  readonly args: readonly (Operand<Known> | readonly Operand<Known>[] | null)[];
  /** The other parameters by name. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A request to run on tensors. */
export type RunRequest = OperationRequest<Tensor>;

/** A request to infer; the shape `null` is not known yet. */
export type InferRequest = OperationRequest;

/**
 * The operation of this name.
 *
 * @throws {@link CommandError} `operation-unknown`
 */
export function operationOf(name: string): TensorOperation {
  const operation = OPERATIONS[name];
  if (operation !== undefined) return operation;
  const reason = EXCLUDED_OPERATIONS[name];
  const shown = JSON.stringify(String(name).slice(0, 64));
  return refuse(
    'operation-unknown',
    reason === undefined
      ? `Operation ${shown} is unknown; use one of tfjs's operations`
      : `Operation ${shown} is not offered: it ${reason}`,
  );
}

/**
 * Checks a request's arguments and attributes against the table, without running anything.
 *
 * @throws {@link CommandError} `operation-unknown`, `argument-missing`, `argument-invalid`, `seed-missing`
 */
export function checkRequest(request: OperationRequest<unknown>): TensorOperation {
  const operation = operationOf(request.op);
  const tensors = operation.parameters.filter(({ kind }) => kind !== 'value');
  if (request.args.length > tensors.length) {
    refuse(
      'argument-invalid',
      `Operation ${request.op} got ${request.args.length} tensors, expected ${tensors.length}`,
    );
  }
  for (const [index, parameter] of tensors.entries()) {
    checkArgument(request.op, parameter, request.args[index] ?? null);
  }
  checkAttributes(request, operation);
  return operation;
}

function checkArgument(
  op: string,
  { name, kind, isOptional }: OperationParameter,
  argument: unknown,
): void {
  if (argument === null) {
    if (!isOptional)
      refuse('argument-missing', `Operation ${op} needs the tensor ${name}; give it`);
    return;
  }
  const isList = Array.isArray(argument);
  const allowed = isList ? kind !== 'tensor' : kind !== 'tensor[]';
  if (!allowed) {
    refuse(
      'argument-invalid',
      `Operation ${op} got ${isList ? 'a list' : 'one tensor'} as ${name}, expected ${kind}`,
    );
  }
  for (const operand of isList ? argument : [argument]) {
    if (typeof operand === 'object' && operand !== null && hasOwn(operand, 'value')) {
      checkPlain(op, name, operand.value);
    }
  }
}

/** Parameters that name elements by number; tfjs would cut fractions off. */
const NUMBERING: ReadonlySet<string> = new Set([
  'boxInd',
  'indices',
  'segmentIds',
  'sparseIndices',
]);

/** Parameters of truth values; tfjs would round numbers before it asks whether they are 0. */
const TRUTHS: ReadonlySet<string> = new Set(['condition', 'mask']);
const OF_TRUTHS: ReadonlySet<string> = new Set(
  'all any logicalAnd logicalNot logicalOr logicalXor'.split(' '),
);

/** What to do with a value that is no operand, where that is certain. */
function cureOf(value: unknown): string {
  if (value instanceof Promise) return '; await the promise first';
  return ArrayBuffer.isView(value) ? '; write Array.from(…) of it, or send a tensor' : '';
}

/** @returns the sizes of nested lists, as text. */
function checkPlain(op: string, name: string, value: unknown): string {
  if (Array.isArray(value)) {
    const [sizes = '', ...others] = new Set(value.map((item) => checkPlain(op, name, item)));
    if (others.length === 0) return `${value.length},${sizes}`;
    // tfjs would take what the first row has for all of them.
    refuse('argument-invalid', `Operation ${op} got rows of several lengths in ${name}; give one`);
  }
  if (typeof value !== 'number' && typeof value !== 'boolean') {
    refuse(
      'argument-invalid',
      `Operation ${op} got ${describeValue(value)} in ${name}, expected tensors, numbers, booleans or lists of them${cureOf(value)}`,
    );
  }
  if (NUMBERING.has(name) && !Number.isInteger(Number(value))) {
    refuse('argument-invalid', `Operation ${op} got a fraction in ${name}, expected integers`);
  }
  if ((TRUTHS.has(name) || OF_TRUTHS.has(op)) && ![0, 1].includes(Number(value))) {
    refuse('argument-invalid', `Operation ${op} got a number in ${name}, expected true or false`);
  }
  return '';
}

function checkAttributes(
  { op, attributes }: OperationRequest<unknown>,
  operation: TensorOperation,
): void {
  const parameters = operation.parameters.filter(({ kind }) => kind === 'value');
  for (const name of Object.keys(attributes)) {
    if (!parameters.some((parameter) => parameter.name === name)) {
      refuse(
        'argument-invalid',
        `Operation ${op} got the attribute ${JSON.stringify(name.slice(0, 64))}, which it doesn't have`,
      );
    }
  }
  for (const { name, isOptional, forms = [] } of parameters) {
    const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (value !== undefined && value !== null) checkValue(value, { op, name, forms });
    else if (operation.isRandom && name === 'seed') {
      refuse(
        'seed-missing',
        `Operation ${op} draws random numbers and got no seed; give one, so that a repetition draws the same`,
      );
    } else if (!isOptional)
      refuse('argument-missing', `Operation ${op} needs the attribute ${name}; give it`);
  }
}
