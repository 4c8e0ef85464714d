import * as z from 'zod';
import { CommandError } from '../errors.ts';
import { schemaField } from '../fields.ts';
import { ARGUMENTS_MAX, COMMANDS_PER_BATCH_MAX, PLAN_DEPTH_MAX, RESULTS_MAX } from '../limits.ts';
import { ownMembers } from '../own-members.ts';
import { argumentsSchema, attributesSchema, opField, type WireCommand } from './batch.ts';
import { OPERATIONS } from './operations.generated.ts';
import {
  type RemoteDtype,
  type RemoteForm,
  remoteDtypeField,
  remoteShapeField,
} from './remote-dtype.ts';

/** A tensor that is part of a plan. */
export interface PlanConstant extends RemoteForm {
  /** Elements, base64. */
  readonly data: string;
}

/** What a plan's function was told of an input while it was traced; `null` where it was not known. */
export interface PlanForm {
  readonly dtype: RemoteDtype | null;
  readonly shape: readonly number[] | null;
}

/**
 * Commands with places for their inputs. References are `i0`, `i1` … for inputs, `c0`, `c1` … for
 * constants, and the names that earlier commands give their results, `t0`, `t1` …
 */
export interface RemotePlan {
  readonly schema: 1;
  /** Count of inputs. */
  readonly inputs: number;
  /** The only forms of the inputs that the commands hold for. @default any */
  readonly forms?: readonly PlanForm[] | undefined;
  readonly constants: readonly PlanConstant[];
  readonly commands: readonly WireCommand[];
  /** References of what it gives. */
  readonly outputs: readonly string[];
}

const resultField = z.string().regex(/^t(?:0|[1-9][0-9]{0,5})$/, 'expected t0, t1 …');

const planCommandSchema: z.ZodType<WireCommand> = z.tuple([
  opField,
  argumentsSchema,
  attributesSchema,
  z.array(resultField).max(RESULTS_MAX),
]);

/** Reads a {@link RemotePlan}; {@link checkPlan} tells whether it makes sense. */
const remotePlanSchema: z.ZodType<RemotePlan> = z.strictObject({
  schema: schemaField,
  inputs: z.int().min(0).max(ARGUMENTS_MAX),
  forms: z
    .array(
      z.strictObject({ dtype: remoteDtypeField.nullable(), shape: remoteShapeField.nullable() }),
    )
    .max(ARGUMENTS_MAX)
    .optional(),
  constants: z
    .array(z.strictObject({ dtype: remoteDtypeField, shape: remoteShapeField, data: z.string() }))
    .max(ARGUMENTS_MAX),
  commands: z.array(planCommandSchema).max(COMMANDS_PER_BATCH_MAX),
  outputs: z.array(z.string().max(16)).min(1).max(RESULTS_MAX),
});

/** Reads what a `$grad` within a plan has as attributes. */
const innerGradientSchema: z.ZodType<{
  readonly plan: unknown;
  readonly wrt?: readonly number[] | undefined;
}> = z.strictObject({
  plan: z.unknown(),
  wrt: z.array(z.int().min(0).max(ARGUMENTS_MAX)).min(1).max(RESULTS_MAX).optional(),
});

/** What a gradient within a plan is of, and with respect to what. */
export interface InnerGradient {
  readonly plan: RemotePlan;
  readonly wrt: readonly number[] | undefined;
}

/**
 * Reads a plan and checks that every reference is to something before it, and every operation in
 * the table.
 *
 * @throws {@link CommandError} `plan-invalid`.
 */
export function parsePlan(json: unknown): RemotePlan {
  return parseAt(json, 1);
}

/** True for a tensor of a form that a plan takes as one of its inputs; what is not known fits. */
export function fitsForm(
  { dtype, shape }: PlanForm,
  given: { readonly dtype: string | null; readonly shape: readonly number[] | null },
): boolean {
  const isDtype = dtype === null || given.dtype === null || given.dtype === dtype;
  const isShape =
    shape === null ||
    given.shape === null ||
    (shape.length === given.shape.length &&
      shape.every((size, axis) => size === given.shape?.[axis]));
  return isDtype && isShape;
}

/**
 * Reads the attributes of a `$grad` within a plan.
 *
 * @throws {@link CommandError} `plan-invalid`.
 */
export function parseInnerGradient(attributes: unknown): InnerGradient {
  return gradientAt(attributes, 1);
}

function parseAt(json: unknown, depth: number): RemotePlan {
  if (depth > PLAN_DEPTH_MAX) throw invalid(`has gradients more than ${PLAN_DEPTH_MAX} deep`);
  const parsed = remotePlanSchema.safeParse(ownMembers(json));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`is not as expected at ${issue?.path.join('.') || 'the plan itself'}`);
  }
  checkPlan(parsed.data, depth);
  return parsed.data;
}

function checkPlan(plan: RemotePlan, depth: number): void {
  if (plan.forms !== undefined && plan.forms.length !== plan.inputs) {
    throw invalid(`has ${plan.forms.length} forms for ${plan.inputs} inputs`);
  }
  const known = new Set<string>();
  for (let index = 0; index < plan.inputs; index += 1) known.add(`i${index}`);
  for (const index of plan.constants.keys()) known.add(`c${index}`);
  for (const command of plan.commands) checkCommand(command, known, depth);
  for (const output of plan.outputs) checkKnown(output, known);
}

function checkCommand(
  [op, args, attributes, results]: WireCommand,
  known: Set<string>,
  depth: number,
): void {
  if (op === '$grad') gradientAt(attributes, depth + 1);
  else if (OPERATIONS[op] === undefined) throw invalid('names an operation that workers lack');
  for (const ref of args.flat()) if (typeof ref === 'string') checkKnown(ref, known);
  for (const result of results) {
    if (known.has(result)) throw invalid(`makes ${result} twice`);
    known.add(result);
  }
}

function gradientAt(attributes: unknown, depth: number): InnerGradient {
  const parsed = innerGradientSchema.safeParse(ownMembers(attributes));
  if (!parsed.success) throw invalid('has a $grad that is not as expected');
  return { plan: parseAt(parsed.data.plan, depth), wrt: parsed.data.wrt };
}

function checkKnown(ref: string, known: ReadonlySet<string>): void {
  if (!known.has(ref)) throw invalid('names a tensor before it is made');
}

function invalid(what: string): CommandError {
  return new CommandError(`The plan ${what}; trace it again with this version`, {
    code: 'plan-invalid',
  });
}
