import { checkJson, decodeJson, encodeJson, headSchema } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { codeOf } from './samples.ts';

const SOURCE = { source: 'models/digits/head.json' };
const HEAD = { schema: 1, round: 3, version: 2 } as const;

describe('decodeJson', () => {
  it('gives back what encodeJson wrote, from bytes or text', () => {
    const bytes = encodeJson(HEAD);
    expect(decodeJson(headSchema, bytes, SOURCE)).toEqual(HEAD);
    expect(decodeJson(headSchema, new TextDecoder().decode(bytes), SOURCE)).toEqual(HEAD);
  });

  it.each([
    ['json-malformed', '{'],
    ['json-malformed', ''],
    ['json-malformed', Uint8Array.of(0x22, 0xff, 0x22)],
    ['json-invalid', 'null'],
    ['json-invalid', '[]'],
    ['json-invalid', '{}'],
    ['json-invalid', '{"schema":0,"round":3,"version":2}'],
    ['json-invalid', '{"schema":"1","round":3,"version":2}'],
    ['json-invalid', '{"schema":1,"round":3.5,"version":2}'],
    ['json-invalid', '{"schema":1,"round":-1,"version":2}'],
    ['json-invalid', '{"schema":1,"round":9007199254740993,"version":2}'],
    ['schema-newer', '{"schema":2}'],
  ])('refuses with %s: %s', (code, text) => {
    expect(codeOf(() => decodeJson(headSchema, text, SOURCE))).toBe(code);
  });

  it('says where an object is wrong, and of a newer one to update', () => {
    expect(() => checkJson(headSchema, { ...HEAD, round: 'x' }, SOURCE)).toThrow(
      /^Models\/digits\/head\.json, field round: got "x", expected a whole number; correct it$/,
    );
    expect(() => checkJson(headSchema, { schema: 9 }, SOURCE)).toThrow(
      /has schema 9, this program reads up to 1; update Tributary$/,
    );
  });
});
