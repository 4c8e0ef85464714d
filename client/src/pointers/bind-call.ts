import { OPERATIONS, type OperationParameter, type TensorOperation } from '../protocol/index.ts';
import { countArguments, PointerMisuseError } from './misuse.ts';
import { TensorHandle } from './tensor-handle.ts';

/** A call of an operation, its arguments sorted by what they are. */
export interface BoundCall {
  readonly name: string;
  readonly operation: TensorOperation;
  /** What stands for each tensor parameter, in order; `null` for one left out, an array for a list. */
  readonly tensors: readonly unknown[];
  /** The other parameters that were given, by name. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Sorts the arguments of a call by the parameters of its operation.
 *
 * @throws TypeError when there are more arguments than parameters, or lists of pointers within lists.
 */
export function bindCall(name: string, args: readonly unknown[]): BoundCall {
  const operation = OPERATIONS[name];
  if (operation === undefined)
    throw new PointerMisuseError(`No operation ${name}; see hook.tf for all of them`);
  const given = givenOf(name, operation, args);
  const tensors = operation.parameters
    .filter(takesTensors)
    .map(({ name: key }) => plainOf(given[key] ?? null));
  const attributes = Object.fromEntries(
    operation.parameters
      .filter((parameter) => !takesTensors(parameter))
      .flatMap(({ name: key }) => (given[key] === undefined ? [] : [[key, given[key]] as const])),
  );
  if (tensors.flat().some(holdsHandle)) {
    throw new PointerMisuseError(
      `${name} got pointers in lists of lists, expected a list of pointers; stack() the inner lists first`,
    );
  }
  return { name, operation, tensors, attributes };
}

/** Arrays of float32 mean the same as lists of numbers do; others don't. */
function plainOf(value: unknown): unknown {
  if (value instanceof Float32Array) return Array.from(value);
  return Array.isArray(value) ? value.map(plainOf) : value;
}

function holdsHandle(value: unknown): boolean {
  return (
    Array.isArray(value) && value.some((item) => item instanceof TensorHandle || holdsHandle(item))
  );
}

/** True for a parameter that is an argument of a command, false for an attribute. */
function takesTensors({ kind }: OperationParameter): boolean {
  return kind !== 'value';
}

function givenOf(
  name: string,
  { form, parameters }: TensorOperation,
  args: readonly unknown[],
): Readonly<Record<string, unknown>> {
  if (form === 'options') return (args[0] ?? {}) as Readonly<Record<string, unknown>>;
  const named = form === 'rest' ? args.slice(0, parameters.length - 1) : args;
  if (named.length > parameters.length) {
    throw new PointerMisuseError(
      `${name} got ${countArguments(named.length)}, it takes at most ${parameters.length}: ${parameters.map((parameter) => parameter.name).join(', ')}`,
    );
  }
  const given = Object.fromEntries(named.map((value, index) => [parameters[index]?.name, value]));
  const last = parameters.at(-1);
  if (form === 'rest' && last !== undefined) given[last.name] = args.slice(named.length);
  return given;
}
