/** The ways tensors can differ from a plan, each named by tensor. */
import { ObjectInvalidError } from '../errors.ts';
import { describeValue } from '../json-fault.ts';
import { nearest } from '../nearest.ts';
import type { TensorSpec } from '../objects/plan.ts';
import { quote } from '../strict-json.ts';

/** A tensor as the plan has it. */
export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** True for equal dimensions in equal order. */
export function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, index) => size === b[index]);
}

/** Names that may stand for a missing one: so few and short that thousands of bad files cost no time. */
const CANDIDATES_MAX = 8;
const CANDIDATE_LENGTH_MAX = 64;

/** A tensor that is not there, and what is there. */
export interface MissingTensor {
  readonly name: string;
  /** What has to be there: a version's tensors, or an update's. */
  readonly expected: readonly TensorSpec[];
  /** Names in the file, or given to the call. */
  readonly found: Iterable<string>;
}

/** `wrong-tensors`; names an unknown tensor that may be meant. */
export function missingTensor({ name, expected, found }: MissingTensor): ObjectInvalidError {
  const hasFrozen = expected.some(({ role }) => role === 'frozen');
  const all = hasFrozen
    ? 'every tensor of the plan'
    : 'every tensor of the plan that is not frozen';
  const other = likelyMeant(name, expected, found);
  const [and, advice, got] =
    other === undefined
      ? ['', `send ${all}`, 'a file without it']
      : [
          `, and ${quote(other)} is not in it`,
          `name tensors as the plan does and send ${all}`,
          `a file without it, with ${quote(other)}`,
        ];
  return new ObjectInvalidError(`Tensor ${quote(name)} of the plan is missing${and}; ${advice}`, {
    code: 'wrong-tensors',
    detail: { tensor: name, expected: all, got },
  });
}

/** The unknown name that is most like the missing one, else the first unknown one. */
function likelyMeant(
  name: string,
  expected: readonly TensorSpec[],
  found: Iterable<string>,
): string | undefined {
  const known = new Set(expected.map((tensor) => tensor.name));
  const unknown = [...found].filter((each) => !known.has(each));
  const candidates = unknown
    .filter(({ length }) => length <= CANDIDATE_LENGTH_MAX)
    .slice(0, CANDIDATES_MAX);
  const guess = name.length <= CANDIDATE_LENGTH_MAX ? nearest(name, candidates) : undefined;
  return guess ?? unknown[0];
}

/** `wrong-tensors` */
export function unexpectedTensor(name: string): ObjectInvalidError {
  return new ObjectInvalidError(`Tensor ${quote(name)} is not in the plan; leave it out`, {
    code: 'wrong-tensors',
    detail: { tensor: name, expected: "only the plan's tensors", got: 'a file with it' },
  });
}

/** `wrong-tensors` */
export function frozenTensor(name: string): ObjectInvalidError {
  return new ObjectInvalidError(
    `Tensor ${quote(name)} is frozen in the plan, expected an update without it; leave frozen tensors out`,
    {
      code: 'wrong-tensors',
      detail: { tensor: name, expected: 'no frozen tensor', got: 'a file with it' },
    },
  );
}

/** `wrong-tensors` */
export function wrongOrder(
  name: string,
  { expected, got }: { readonly expected: number; readonly got: number },
): ObjectInvalidError {
  return new ObjectInvalidError(
    `Tensor ${quote(name)} begins at byte ${got} of the data section, expected ${expected}; write tensors in the plan's order`,
    {
      code: 'wrong-tensors',
      detail: { tensor: name, expected: `begins at byte ${expected}`, got: `byte ${got}` },
    },
  );
}

/** `wrong-shape` */
export function wrongShape(
  { name, shape }: NamedShape,
  found: readonly number[],
): ObjectInvalidError {
  const expected = `[${shape.join(', ')}]`;
  const got = `[${found.join(', ')}]`;
  return new ObjectInvalidError(
    `Tensor ${quote(name)} has shape ${got}, the plan says ${expected}; use the plan's shape`,
    { code: 'wrong-shape', detail: { tensor: name, expected, got } },
  );
}

/** `wrong-dtype` */
export function wrongDtype(
  name: string,
  { dtype }: { readonly dtype: string },
): ObjectInvalidError {
  return new ObjectInvalidError(
    `Tensor ${quote(name)} has dtype ${quote(dtype)}, expected F32; convert it to float32`,
    { code: 'wrong-dtype', detail: { tensor: name, dtype, expected: 'F32', got: dtype } },
  );
}

/** `wrong-dtype` of a tensor that calls itself F32. */
export function wrongArray(name: string, data: unknown): ObjectInvalidError {
  return new ObjectInvalidError(
    `Tensor ${quote(name)} of dtype F32 has its elements in ${describeValue(data)}, expected a Float32Array; convert them with Float32Array.from`,
    { code: 'wrong-dtype', detail: { tensor: name } },
  );
}

/** `bad-entry` */
export function noTensor(name: string, found: unknown): ObjectInvalidError {
  return new ObjectInvalidError(
    `Tensor ${quote(name)} is ${describeValue(found)}, expected { dtype: 'F32', shape: number[], data: Float32Array }; give it in that form`,
    { code: 'bad-entry', detail: { tensor: name } },
  );
}
