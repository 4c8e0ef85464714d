import { readdirSync, readFileSync } from 'node:fs';
import { checkJson, decodeJson, encodeJson } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { encodeGoldenFiles } from './golden.ts';
import { GOLDEN_BODIES } from './golden-bodies.ts';
import { GOLDEN_COMMANDS } from './golden-commands.ts';
import { GOLDEN_KEYS } from './golden-keys.ts';
import { GOLDEN_OBJECTS } from './golden-objects.ts';
import { codeOf, hexOf } from './samples.ts';

const FIXTURES = new URL('fixtures/', import.meta.url);
const JSON_GOLDENS = [...GOLDEN_OBJECTS, ...GOLDEN_BODIES, ...GOLDEN_COMMANDS];

function fixture(file: string): Uint8Array {
  return readFileSync(new URL(file, FIXTURES));
}

/** Members that may be missing, by file. */
const OPTIONAL: Readonly<Record<string, readonly string[]>> = {
  'operations/list-rounds.json': ['before'],
  'answers/list-rounds.json': ['next'],
  'objects/round.json': ['statisticFractionBits', 'exclusionElements'],
  'bodies/check-in-received.json': ['received'],
  'bodies/slot-request-with-header.json': ['header'],
  'bodies/slot.json': ['expiresInSeconds'],
  'bodies/outcome-rejected-duplicate.json': ['duplicate'],
  'bodies/outcome-rejected.json': ['detail'],
};

describe('the wire', () => {
  it.each(Object.entries(encodeGoldenFiles()))('keeps the bytes of %s', (file, bytes) => {
    expect(hexOf(bytes)).toBe(hexOf(fixture(file)));
  });

  it.each(JSON_GOLDENS)('keeps the text of $file', ({ file, value }) => {
    expect(JSON.stringify(value)).toBe(new TextDecoder().decode(fixture(file)));
  });

  it.each(JSON_GOLDENS)('reads $file as what was written', ({ file, value, schema }) => {
    if (schema === undefined) {
      expect(JSON.parse(new TextDecoder().decode(fixture(file)))).toEqual(value);
      return;
    }
    const decoded = decodeJson(schema, fixture(file), { source: file });
    expect(decoded).toEqual(value);
    expect(encodeJson(decoded)).toEqual(encodeJson(value));
  });

  it.each(JSON_GOLDENS)('marks $file with its schema, and readers refuse a newer one', (golden) => {
    expect(golden.value).toHaveProperty('schema', 1);
    const { schema, file } = golden;
    if (schema === undefined) return;
    const newer = { ...(golden.value as object), schema: 2 };
    expect(codeOf(() => checkJson(schema, newer, { source: file }))).toBe('schema-newer');
  });

  it.each(JSON_GOLDENS)('needs every member of $file', ({ file, value, schema }) => {
    if (schema === undefined) return;
    const optional = new Set(OPTIONAL[file]);
    for (const name of Object.keys(value as object)) {
      if (optional.has(name)) continue;
      const { [name]: _, ...rest } = value as Record<string, unknown>;
      expect(codeOf(() => checkJson(schema, rest, { source: file }))).toBe('json-invalid');
    }
  });

  it('keeps every key', () => {
    expect(GOLDEN_KEYS).toEqual(JSON.parse(readFileSync(new URL('keys.json', FIXTURES), 'utf8')));
  });

  it('has no fixture that nothing fixes', () => {
    const known = new Set([
      ...Object.keys(encodeGoldenFiles()),
      ...JSON_GOLDENS.map(({ file }) => file),
      'keys.json',
    ]);
    const found = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter(
        (path) => /\.(?:json|safetensors)$/.test(path) && !path.endsWith('_by_python.safetensors'),
      );
    expect(new Set(found)).toEqual(known);
  });
});
