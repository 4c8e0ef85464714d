import { isDevicePseudonym } from '@tributary/client/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveKeys } from '../../src/identity/derive-keys.ts';
import { pseudonymOf } from '../../src/identity/pseudonym.ts';

const key = deriveKeys(new Uint8Array(32).fill(7)).pseudonym;

describe('A pseudonym', () => {
  it('is fit for keys, whatever the subject', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (issuer, subject) => {
        expect(isDevicePseudonym(pseudonymOf(key, { issuer, subject }))).toBe(true);
      }),
    );
  });

  it('is the same every time and depends on key, issuer and subject', () => {
    const identity = { issuer: 'https://a.example', subject: 'device-1' };
    const pseudonym = pseudonymOf(key, identity);
    expect(pseudonymOf(key, { ...identity })).toBe(pseudonym);
    expect(pseudonymOf(new Uint8Array(32), identity)).not.toBe(pseudonym);
    expect(pseudonymOf(key, { ...identity, issuer: 'https://b.example' })).not.toBe(pseudonym);
    expect(pseudonymOf(key, { ...identity, subject: 'device-2' })).not.toBe(pseudonym);
  });

  it.each([
    [
      { issuer: 'a', subject: 'bc' },
      { issuer: 'ab', subject: 'c' },
    ],
    [
      { issuer: 'a"', subject: 'b' },
      { issuer: 'a', subject: '"b' },
    ],
    [
      { issuer: 'a', subject: '\ud800' },
      { issuer: 'a', subject: '\ud801' },
    ],
  ])('is unambiguous: %j and %j differ', (one, other) => {
    expect(pseudonymOf(key, one)).not.toBe(pseudonymOf(key, other));
  });

  it('stays as it is from release to release, for devices are known by it', () => {
    expect(pseudonymOf(key, { issuer: 'https://a.example', subject: 'device-1' })).toBe(
      'hPjunJRAKHBY_TwAZt_49sJsC7aosehFPndKJmjhGi0',
    );
  });
});

describe('Derived keys', () => {
  it('have 32 bytes, differ from each other and follow the secret', () => {
    const { pseudonym, sortition } = deriveKeys(new Uint8Array(32).fill(7));
    expect([pseudonym.length, sortition.length]).toEqual([32, 32]);
    expect(pseudonym).not.toEqual(sortition);
    expect(deriveKeys(new Uint8Array(32).fill(8)).sortition).not.toEqual(sortition);
  });
});
