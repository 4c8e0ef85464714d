import { REMOTE_ELEMENT_BYTES } from '../../protocol/commands/remote-dtype.ts';
import { describeValue } from '../../protocol/json-fault.ts';
import { refuse } from '../shapes/refuse.ts';

/** What tfjs makes a tensor of by itself. */
export type PlainValue = number | boolean | readonly PlainValue[];

/** Longest list of numbers as an attribute: a split has at most this many parts, and lists per dimension are short. */
const LIST_LENGTH_MAX = 4_096;

/** Longest text: an equation of 6 + 6 dimensions, or a seed. */
const TEXT_LENGTH_MAX = 256;

type Check = (value: unknown) => boolean;

const isList = (value: unknown): value is unknown[] =>
  Array.isArray(value) && value.length <= LIST_LENGTH_MAX;

const DTYPES: readonly unknown[] = ['float32', 'int32', 'bool', 'complex64'];
const INDEXINGS: readonly unknown[] = ['xy', 'ij'];

const CHECKS: Readonly<Record<string, Check>> = {
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  string: (value) => typeof value === 'string' && value.length <= TEXT_LENGTH_MAX,
  'number[]': (value) => isList(value) && value.every((item) => typeof item === 'number'),
  'number[][]': (value) =>
    isList(value) &&
    value.every((row) => isList(row) && row.every((item) => typeof item === 'number')),
  dtype: (value) => DTYPES.includes(value),
  '{indexing}': (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(([key, item]) => key === 'indexing' && INDEXINGS.includes(item)),
};

/** Forms whose name alone does not tell what they hold. */
const WORDS: Readonly<Record<string, string>> = {
  dtype: Object.keys(REMOTE_ELEMENT_BYTES).join(' or '),
};

/**
 * Checks that an attribute has one of the forms that the table allows.
 *
 * @throws {@link CommandError} `argument-invalid`
 */
export function checkValue(
  value: unknown,
  { op, name, forms }: { op: string; name: string; forms: readonly string[] },
): void {
  if (forms.some((form) => hasForm(value, form))) return;
  refuse(
    'argument-invalid',
    `Operation ${op} got ${describeValue(value)} as ${name}, expected ${forms.map((form) => WORDS[form] ?? form).join(' or ')}`,
  );
}

function hasForm(value: unknown, form: string): boolean {
  const check = CHECKS[form];
  // Every other form is a literal, written as JSON.
  return check === undefined ? value === JSON.parse(form) : check(value);
}
