/** What is wrong with a JSON value, in words: what was got, and what is allowed there. */
import type * as z from 'zod';
import { unknownName } from './nearest.ts';
import { ownMembers } from './own-members.ts';

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

/** Longer texts may be tokens, signed URLs or documents: only their length is told. */
const SHOWN_LENGTH_MAX = 40;

/** What stands where there is no value. */
const NOTHING = 'nothing';

/** A place in a value, and what is wrong there. */
export interface JsonFault {
  /** Members from the outside in, joined by dots; empty for the value itself. */
  readonly path: string;
  /** Such as `got 0, expected at least 1`, or `missing, expected a whole number`. */
  readonly message: string;
}

/**
 * Checks a value and says what is wrong with it first. A member nobody knows comes before one that is
 * missing: it is mostly the missing one, misspelt.
 *
 * @returns The value as the schema gives it, or the fault.
 */
export function checkValue<T>(
  schema: z.ZodType<T>,
  value: unknown,
): { readonly data: T } | { readonly fault: JsonFault } {
  const parsed = schema.safeParse(ownMembers(value), {
    error: (issue) => expectation(issue as RawIssue),
  });
  if (parsed.success) return { data: parsed.data };
  const issues = parsed.error.issues.map(deepest);
  const first = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  return { fault: faultOf(first, value) };
}

function faultOf(issue: Issue | undefined, value: unknown): JsonFault {
  if (issue === undefined) return { path: '', message: 'got what is not allowed' };
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') return { path, message: issue.message };
  const got = describeAt(issue.path, value);
  const what = path !== '' && got === NOTHING ? 'missing' : `got ${got}`;
  const { message } = issue;
  return {
    path,
    message: `${what}, ${message.startsWith('expected ') ? '' : 'expected '}${message}`,
  };
}

/** Of the branches of a union, the one that got furthest: it is the one that was meant. */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const found = issue.errors
    .flatMap(([first]) => (first === undefined ? [] : [deepest(first)]))
    .filter(({ path, code }) => path.length > 0 || code === 'unrecognized_keys');
  const [best] = found.sort((a, b) => b.path.length - a.path.length);
  return best === undefined ? issue : { ...best, path: [...issue.path, ...best.path] };
}

/** What is allowed, in words; `undefined` leaves it to zod. */
function expectation(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeText(issue)}`;
    case 'too_small':
      return `expected ${issue.inclusive === false ? 'above' : 'at least'} ${amount(issue.minimum, issue.origin)}`;
    case 'too_big':
      return `expected ${issue.inclusive === false ? 'below' : 'at most'} ${amount(issue.maximum, issue.origin)}`;
    case 'invalid_value':
      return `expected ${choice(issue.values)}`;
    case 'invalid_format':
      return `expected ${issue.format === 'url' ? 'an http or https URL' : `a text of the form ${issue['pattern'] ?? issue.format}`}`;
    case 'invalid_union':
      return unionExpectation(issue);
    case 'unrecognized_keys':
      return unknownMember(issue);
    default:
      return undefined;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  null: 'null',
  number: 'a finite number',
  object: 'an object',
  record: 'an object',
  string: 'a text',
  tuple: 'a list',
};

function typeText({ expected, inst }: Extract<RawIssue, { code?: 'invalid_type' }>): string {
  const { format } = (inst?._zod.def ?? {}) as { readonly format?: string };
  const type = format === 'safeint' ? 'int' : expected;
  return TYPES[type] ?? `a value of type ${type}`;
}

/** Units of bounds that are no values. */
const UNITS: Readonly<Record<string, string>> = { array: ' elements', string: ' characters' };

function amount(bound: number | bigint, origin: string): string {
  return `${bound}${UNITS[origin] ?? ''}`;
}

function choice(values: readonly unknown[]): string {
  const shown = values.map((value) => JSON.stringify(value));
  return shown.length === 1 ? `${shown[0]}` : `one of ${shown.join(', ')}`;
}

function unionExpectation(issue: Extract<RawIssue, { code?: 'invalid_union' }>): string {
  const { options } = issue as { readonly options?: readonly unknown[] };
  if (options !== undefined) return `expected ${choice(options)}`;
  const branches = (issue.errors ?? []).flatMap(([first]) => first?.message ?? []);
  const allowed = branches.map((message) => message.replace(/^expected /, ''));
  return `expected ${[...new Set(allowed)].join(', or ')}`;
}

function unknownMember({ keys, inst }: Extract<RawIssue, { code?: 'unrecognized_keys' }>): string {
  const [key = ''] = keys;
  const { shape } = inst as { readonly shape?: object };
  return unknownName('member', key, Object.keys(shape ?? {}));
}

/**
 * What stands at a place of a value. In lists of lists only its type is told: it may be a tensor's.
 */
function describeAt(path: readonly PropertyKey[], value: unknown): string {
  let found = value;
  for (const key of path) found = (found as Readonly<Record<PropertyKey, unknown>> | null)?.[key];
  const isListed = path.filter((key) => typeof key === 'number').length > 1;
  return isListed && found !== undefined ? `a ${typeof found}` : describeValue(found);
}

/** A value of any type in a few words: short ones as they are, of others the kind. */
export function describeValue(value: unknown): string {
  if (value === undefined) return NOTHING;
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') {
    return value.length > SHOWN_LENGTH_MAX
      ? `a text of ${value.length} characters`
      : JSON.stringify(value);
  }
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value !== 'object') return `a ${typeof value}`;
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  if (typeof name !== 'string' || name === 'Object') return 'an object';
  return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
}
