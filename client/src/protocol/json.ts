/** Reading and writing versioned JSON: every object and body carries `schema`, readers refuse newer ones. */
import * as z from 'zod';
import { ObjectInvalidError } from './errors.ts';
import { checkValue } from './json-fault.ts';
import { SCHEMA_VERSION } from './limits.ts';
import { hasOwn } from './own-members.ts';

/** Any JSON value. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Reads any JSON value. */
export const jsonSchema: z.ZodType<Json> = z.json();

/** Encodes a value as UTF-8 JSON with keys in the order they were made. */
export function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** What is read, for messages: `rounds/digits/3/round.json`, `the slot request`. */
export interface Source {
  readonly source: string;
}

/**
 * Parses and checks a JSON object against its schema.
 *
 * @throws {@link ObjectInvalidError} `json-malformed`, `schema-newer` or `json-invalid`.
 */
export function decodeJson<T>(
  schema: z.ZodType<T>,
  bytes: Uint8Array | string,
  { source }: Source,
): T {
  return checkJson(schema, parseJson(bytes, source), { source });
}

/** As {@link decodeJson}, for a value already parsed. */
export function checkJson<T>(schema: z.ZodType<T>, value: unknown, { source }: Source): T {
  refuseNewer(value, source);
  const checked = checkValue(schema, value);
  if (hasOwn(checked, 'data')) return checked.data;
  const { path, message } = checked.fault;
  const where = path === '' ? '' : `, field ${path}`;
  throw new ObjectInvalidError(
    `${capitalised(source)}${where}: ${message}; ${message.startsWith('missing') ? 'add' : 'correct'} it`,
    {
      code: 'json-invalid',
      detail: { source, path },
    },
  );
}

function parseJson(bytes: Uint8Array | string, source: string): unknown {
  try {
    return JSON.parse(
      typeof bytes === 'string' ? bytes : new TextDecoder('utf-8', { fatal: true }).decode(bytes),
    );
  } catch (cause) {
    throw new ObjectInvalidError(
      `${capitalised(source)} is not JSON in UTF-8, expected one JSON object; correct it`,
      {
        code: 'json-malformed',
        cause,
      },
    );
  }
}

function refuseNewer(value: unknown, source: string): void {
  const schema =
    typeof value === 'object' && value !== null && hasOwn(value, 'schema')
      ? value.schema
      : undefined;
  if (typeof schema !== 'number' || schema <= SCHEMA_VERSION) return;
  throw new ObjectInvalidError(
    `${capitalised(source)} has schema ${schema}, this program reads up to ${SCHEMA_VERSION}; update Tributary`,
    {
      code: 'schema-newer',
      detail: { source, schema },
    },
  );
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
