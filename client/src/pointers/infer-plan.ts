import { inferOperation, type OutputSpec, type Tf } from '../execution/index.ts';
import {
  type CommandArgument,
  decodeAttributes,
  decodeValue,
  OPERATIONS,
  parseInnerGradient,
  type RemotePlan,
  type TensorArgument,
  type WireCommand,
} from '../protocol/index.ts';
import { hasOwn } from '../protocol/own-members.ts';
import { gradientForm } from './gradients.ts';
import { UNKNOWN } from './operands.ts';

/** What is known of an input: a form, or the plain value that stands there. */
export type PlanInput = OutputSpec | { readonly value: number | boolean };

type Known = Map<string, PlanInput>;

/**
 * Forms of what a plan gives for inputs of these forms.
 *
 * @throws CommandError when a command of the plan can't take what it would get.
 */
export function inferPlan(tf: Tf, plan: RemotePlan, inputs: readonly PlanInput[]): OutputSpec[] {
  const known: Known = new Map(inputs.map((input, index) => [`i${index}`, input]));
  for (const [index, { shape, dtype }] of plan.constants.entries()) {
    known.set(`c${index}`, { shape, dtype });
  }
  for (const command of plan.commands) {
    const forms = inferCommand(tf, command, known);
    for (const [index, name] of command[3].entries()) {
      known.set(name, forms[index] ?? UNKNOWN);
    }
  }
  return plan.outputs.map((name) => formOf(known.get(name)));
}

function inferCommand(tf: Tf, [op, args, attributes]: WireCommand, known: Known): OutputSpec[] {
  if (op === '$grad') {
    const { plan, wrt } = parseInnerGradient(attributes);
    const forms = args.map((name) => formOf(known.get(String(name))));
    const variables = (wrt ?? [...forms.keys()]).flatMap((index) => forms[index] ?? []);
    const [value = UNKNOWN, ...further] = inferPlan(tf, plan, forms);
    return [value, ...variables.map(gradientForm), ...further];
  }
  // Random commands get their seed when the plan runs; any will do to learn the forms.
  const isSeedless = attributes['seed'] === undefined && OPERATIONS[op]?.isRandom === true;
  return inferOperation(tf, {
    op,
    args: args.map((argument) => operandsOf(argument, known)),
    attributes: { ...decodeAttributes(attributes), ...(isSeedless ? { seed: 0 } : {}) },
  });
}

function operandsOf(argument: CommandArgument, known: Known): PlanInput | PlanInput[] | null {
  if (argument === null) return null;
  const operandOf = (item: TensorArgument) =>
    typeof item === 'string'
      ? (known.get(item) ?? UNKNOWN)
      : { value: decodeValue(item.value) as never };
  return isList(argument) ? argument.map(operandOf) : operandOf(argument);
}

function isList(argument: CommandArgument): argument is readonly TensorArgument[] {
  return Array.isArray(argument);
}

/** A plain number is a scalar tensor once an operation has it. */
function formOf(input: PlanInput | undefined): OutputSpec {
  if (input === undefined) return UNKNOWN;
  if (!hasOwn(input, 'value')) return input;
  return { shape: [], dtype: typeof input.value === 'boolean' ? 'bool' : 'float32' };
}
