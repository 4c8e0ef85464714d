import {
  assertModelName,
  isDevicePseudonym,
  isModelName,
  parseCount,
  parsePartialKey,
  parseUpdateKey,
  partialKey,
  updateKey,
} from '@tributary/client/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GOLDEN_KEYS } from './golden-keys.ts';
import { codeOf, DEVICE } from './samples.ts';

const model = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const device = fc.stringMatching(/^[A-Za-z0-9_-]{43}$/);
const count = fc.nat();
const positive = fc.integer({ min: 1, max: 999_999_999_999_999 });

describe('keys', () => {
  it('need no encoding anywhere', () => {
    for (const key of Object.values(GOLDEN_KEYS)) expect(key).toMatch(/^[A-Za-z0-9._/-]+$/);
  });

  it('of updates and partials parse to what made them', () => {
    fc.assert(
      fc.property(model, device, positive, count, (name, pseudonym, round, group) => {
        const update = { model: name, round, group, device: pseudonym };
        expect(parseUpdateKey(updateKey(update))).toEqual(update);
        const partial = { model: name, round, group, seal: group, shard: group };
        expect(parsePartialKey(partialKey(partial))).toEqual(partial);
      }),
    );
  });

  it('of any other form parse to nothing, and what parses is spelt one way', () => {
    const part = fc.oneof(
      fc.constantFrom('updates', 'partials', 'm', '..', '', '0', '1', '01', DEVICE),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 7 }), (parts) => {
        const key = parts.join('/');
        const update = parseUpdateKey(key);
        if (update !== undefined) expect(updateKey(update)).toBe(key);
        const partial = parsePartialKey(key);
        if (partial !== undefined) expect(partialKey(partial)).toBe(key);
      }),
    );
  });

  it.each([
    'updates%2F0%2Fm%2F1%2Fd',
    `updates/0/../1/${DEVICE}`,
    `updates/0/m/0/${DEVICE}`,
    `updates/00/m/1/${DEVICE}`,
    `updates/0/m/1/${DEVICE}/x`,
    `updates/0/m/1/${DEVICE}=`,
    'updates/0/m/1/a+b',
    'updates/0/m/1/',
    `partials/0/m/1/0/${DEVICE}`,
  ])('take %s for no update', (key) => {
    expect(parseUpdateKey(key)).toBeUndefined();
  });

  it.each([
    'partials/0/m/0/0/0',
    'partials/0/../1/0/0',
    'partials/0/m/1/0',
    'partials/0/m/1/0/0/0',
  ])('take %s for no partial', (key) => {
    expect(parsePartialKey(key)).toBeUndefined();
  });
});

describe('names', () => {
  it.each(['', '.', '..', '-a', 'a/b', 'a b', 'ä', 'a'.repeat(65), 'a\n'])(
    'refuse %j for a model',
    (name) => {
      expect(isModelName(name)).toBe(false);
      expect(codeOf(() => assertModelName(name))).toBe('model-name');
    },
  );

  it('take 1 to 64 characters for a model', () => {
    for (const name of ['a', '0', 'A.b_c-9', 'a'.repeat(64)]) assertModelName(name);
  });

  it('take 43 characters of base64url for a device', () => {
    expect(isDevicePseudonym(DEVICE)).toBe(true);
    for (const other of ['', DEVICE.slice(1), `${DEVICE}a`, `${DEVICE.slice(1)}+`, `${DEVICE}\n`]) {
      expect(isDevicePseudonym(other)).toBe(false);
    }
  });

  it('take decimal digits for a count', () => {
    expect(parseCount('0')).toBe(0);
    expect(parseCount('999999999999999')).toBe(999_999_999_999_999);
    for (const text of ['', '-1', '01', '1.0', '1e3', '1000000000000000', ' 1', '1\n']) {
      expect(parseCount(text)).toBeUndefined();
    }
  });
});
