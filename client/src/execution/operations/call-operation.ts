import type { Tensor } from '@tensorflow/tfjs';
import type { TensorOperation } from '../../protocol/commands/operations.generated.ts';
import type { Tf } from '../shapes/spec.ts';
import { isValueOperand } from './operands.ts';
import type { OperationRequest, ValueOperand } from './request.ts';

type Callable = (...parameters: unknown[]) => unknown;

/**
 * Calls tfjs's function of an operation, whose request was checked, and puts its results in order.
 *
 * @throws whatever tfjs throws.
 */
export function callOperation(
  tf: Tf,
  operation: TensorOperation,
  request: OperationRequest<Tensor>,
): Tensor[] {
  const parameters = parametersOf(operation, request);
  return resultsOf(operation, functionOf(tf, request.op)(...parameters));
}

/** The table was looked in before, so that the name is one of its own. */
function functionOf(tf: Tf, name: string): Callable {
  const found = name
    .split('.')
    .reduce<unknown>((holder, part) => (holder as Record<string, unknown>)[part], tf);
  return found as Callable;
}

function parametersOf(
  { parameters, form }: TensorOperation,
  { args, attributes }: OperationRequest<Tensor>,
): unknown[] {
  let next = 0;
  const values = parameters.map(({ name, kind }) => {
    if (kind === 'value') return attributeOf(name, attributes[name]);
    const argument = args[next] ?? undefined;
    next += 1;
    return Array.isArray(argument)
      ? argument.map(plain)
      : plain(argument as Tensor | ValueOperand | undefined);
  });
  if (form === 'options') {
    return [Object.fromEntries(parameters.map(({ name }, index) => [name, values[index]]))];
  }
  return form === 'rest' ? [...values.slice(0, -1), ...(values.at(-1) as unknown[])] : values;
}

const plain = (operand: Tensor | ValueOperand | undefined): unknown =>
  isValueOperand(operand) ? operand.value : operand;

function attributeOf(name: string, value: unknown): unknown {
  if (value === null) return undefined;
  // As text, since tfjs takes a seed of 0 for none; other numbers seed the same either way.
  if (name === 'seed') return String(value === 0 ? 0 : value);
  return value;
}

function resultsOf({ outputs }: TensorOperation, result: unknown): Tensor[] {
  if (Array.isArray(result)) return result as Tensor[];
  if (typeof outputs === 'string') return [result as Tensor];
  return outputs.map((name) => (result as Record<string, Tensor>)[name] as Tensor);
}
