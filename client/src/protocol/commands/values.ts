/** Attribute values as JSON that loses no number. */
import { CommandError } from '../errors.ts';
import type { Json } from '../json.ts';
import { ATTRIBUTE_DEPTH_MAX, BATCH_DEPTH_MAX } from '../limits.ts';
import { hasOwn } from '../own-members.ts';
import type { CommandAttributes } from './batch.ts';

/** What an attribute may hold. */
export type Value =
  | null
  | boolean
  | number
  | string
  | readonly Value[]
  | { readonly [name: string]: Value };

/** The one name that stands for something else: a number that JSON lacks. */
const NUMBER = '$number';

const SPECIAL_NUMBERS: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
]);

/**
 * Writes a value; numbers that JSON lacks become `{ "$number": … }`, typed arrays become arrays,
 * members that are `undefined` are left out. What is written already stays as it is.
 *
 * @throws {@link CommandError} `attribute-invalid` for functions, symbols and other things that are
 * no values.
 */
export function encodeValue(value: unknown): Json {
  return encode(value, 0);
}

/** As {@link encodeValue}, for all attributes of a command. */
export function encodeAttributes(attributes: Readonly<Record<string, unknown>>): CommandAttributes {
  return encodeMembers(attributes, 0);
}

/**
 * Inverse of {@link encodeValue}. Objects have no prototype, so no name means anything but itself.
 *
 * @throws {@link CommandError} `attribute-invalid` for unknown `$` names, numbers that JSON can't
 * hold, and nesting deeper than {@link ATTRIBUTE_DEPTH_MAX}.
 */
export function decodeValue(json: Json): Value {
  return decode(json, 0);
}

/** As {@link decodeValue}, for all attributes of a command. */
export function decodeAttributes(attributes: CommandAttributes): Readonly<Record<string, Value>> {
  return decodeMembers(attributes, 0);
}

function encode(value: unknown, depth: number): Json {
  if (depth > BATCH_DEPTH_MAX) throw tooDeep();
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return encodeNumber(value);
  if (ArrayBuffer.isView(value)) return encodeView(value);
  if (Array.isArray(value)) return value.map((item) => encode(item, depth + 1));
  if (isPlainObject(value)) return encodeMembers(value, depth);
  throw new CommandError(
    `An attribute is a ${typeof value}, expected numbers, booleans, text, arrays and plain objects of them`,
    { code: 'attribute-invalid' },
  );
}

function encodeNumber(value: number): Json {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  return { [NUMBER]: Object.is(value, -0) ? '-0' : String(value) };
}

function encodeView(view: ArrayBufferView): Json {
  if (view instanceof DataView || !(Symbol.iterator in view)) {
    throw new CommandError('An attribute is raw memory; give a typed array of numbers', {
      code: 'attribute-invalid',
    });
  }
  return Array.from(view as Iterable<number> & ArrayBufferView, (item) => encode(item, 0));
}

function encodeMembers(
  members: Readonly<Record<string, unknown>>,
  depth: number,
): { readonly [name: string]: Json } {
  const entries = Object.entries(members).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries.map(([name, member]) => [name, encode(member, depth + 1)]));
}

function decode(json: Json, depth: number): Value {
  if (depth > ATTRIBUTE_DEPTH_MAX) throw tooDeep();
  if (json === null || typeof json === 'boolean' || typeof json === 'string') return json;
  if (typeof json === 'number') return decodeNumber(json);
  if (isArray(json)) return json.map((item) => decode(item, depth + 1));
  if (typeof json !== 'object') throw unreadable();
  return hasOwn(json, NUMBER) ? decodeSpecialNumber(json) : decodeMembers(json, depth);
}

function decodeNumber(json: number): number {
  if (!Number.isFinite(json)) throw unreadable();
  // JSON's own -0 is 0, or one command would have two spellings and one digest.
  return json === 0 ? 0 : json;
}

function decodeSpecialNumber(json: { readonly [name: string]: Json }): number {
  const value = SPECIAL_NUMBERS.get(json[NUMBER]);
  if (value === undefined || Object.keys(json).length !== 1) throw unreadable();
  return value;
}

function decodeMembers(
  json: { readonly [name: string]: Json },
  depth: number,
): { readonly [name: string]: Value } {
  const members: Record<string, Value> = Object.create(null);
  for (const [name, member] of Object.entries(json)) {
    if (name.startsWith('$')) throw unreadable();
    members[name] = decode(member, depth + 1);
  }
  return members;
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function isArray(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

function tooDeep(): CommandError {
  return new CommandError(
    `An attribute has more than ${ATTRIBUTE_DEPTH_MAX} levels; give arrays of at most as many dimensions as tensors have`,
    { code: 'attribute-invalid' },
  );
}

function unreadable(): CommandError {
  return new CommandError(
    'An attribute holds something other than a value, expected JSON and {"$number": "NaN" | "Infinity" | "-Infinity" | "-0"}',
    { code: 'attribute-invalid' },
  );
}
