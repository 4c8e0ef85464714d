// The two tables: operations with their parameters, and tensors' methods as calls of operations.

import { ADAPTED_METHODS, EXCLUDED, GRADIENTLESS, NAMED_OUTPUTS, SEED } from './exclusions.mjs';
import { parameterKind, valueForms } from './types.mjs';

/** Every offered operation, by name. */
export function operationTable(declared) {
  for (const name of [...Object.keys(EXCLUDED), ...Object.keys(NAMED_OUTPUTS), ...GRADIENTLESS]) {
    if (!declared.has(name)) throw new Error(`tfjs has no ${name}; take it off the lists`);
  }
  const names = [...declared.keys()].filter((name) => !Object.hasOwn(EXCLUDED, name)).sort();
  return new Map(names.map((name) => [name, entryOf(name, declared.get(name)())]));
}

function entryOf(name, signature) {
  const [first] = signature.parameters;
  const options = signature.parameters.length === 1 ? first.type[0].members : undefined;
  const declared = options ?? signature.parameters;
  const parameters = declared.map(parameterOf).filter(({ kind }) => kind !== 'callback');
  if (declared.some(({ optional, type }) => !optional && parameterKind(type) === 'callback')) {
    throw new Error(`${name} takes a function; exclude it`);
  }
  // One that returns what it was given, one or several, is said to return several.
  const returned = signature.returns.find(({ kind }) => kind === 'array') ?? signature.returns[0];
  return {
    signature: { ...signature, parameters: declared.filter(isNoCallback), takesOptions: !!options },
    parameters,
    form: formOf(declared, options),
    outputs: outputsOf(name, returned.kind === 'promise' ? returned.of[0] : returned),
    isAsync: returned.kind === 'promise',
    isRandom: parameters.some((parameter) => parameter.name === SEED),
    hasGradient: !GRADIENTLESS.has(name),
  };
}

function formOf(declared, options) {
  if (options) return 'options';
  return declared.at(-1)?.isRest ? 'rest' : 'positional';
}

const isNoCallback = ({ type }) => parameterKind(type) !== 'callback';

function parameterOf({ name, type, optional }) {
  const kind = parameterKind(type);
  return {
    name,
    kind,
    isOptional: optional,
    ...(kind === 'value' ? { forms: valueForms(type) } : {}),
  };
}

function outputsOf(name, { kind, members }) {
  if (kind === 'array') return 'list';
  if (kind === 'tuple') return 'pair';
  if (kind === 'object') return members.map((member) => member.name);
  return kind === 'named' ? NAMED_OUTPUTS[name] : 'one';
}

/** Methods that are one call of an operation with their arguments in some order. */
export function methodTable(methods, operations) {
  const table = new Map();
  for (const [name, { call }] of methods) {
    const entry = callOf(call, operations);
    if ((entry === undefined) !== ADAPTED_METHODS.includes(name)) {
      throw new Error(`${name}() of tensors is not what the generator was told; look at it`);
    }
    if (entry) table.set(name, entry);
  }
  return table;
}

function callOf({ parameters, callee, arguments: given }, operations) {
  const operation = [callee, `image.${callee}`].find((name) => operations.has(name));
  if (operation === undefined) return undefined;
  const names = operations.get(operation).parameters.map(({ name }) => name);
  const entry = { operation, self: '', parameters: [], constants: {} };
  const positions = new Map();
  for (const [index, argument] of given.entries()) {
    if (argument.type === 'ThisExpression') entry.self = names[index];
    else if (argument.type === 'Literal') entry.constants[names[index]] = argument.value;
    else if (argument.type === 'Identifier') positions.set(argument.name, names[index]);
    else return undefined;
  }
  entry.parameters = parameters.map((name) => positions.get(name));
  return entry.self && entry.parameters.every(Boolean) ? entry : undefined;
}
