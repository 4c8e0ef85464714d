import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenSubject } from '../../src/device/token.ts';

const part = (text: string) => Buffer.from(text).toString('base64url');

describe('tokenSubject', () => {
  it('reads the subject of any JWT, whatever its characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (sub) => {
        const token = `${part('{}')}.${part(JSON.stringify({ sub }))}.${part('signature')}`;
        expect(tokenSubject(token)).toBe(sub);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => `a.${part(json)}.c`),
        ),
        (token) => {
          expect(['string', 'undefined']).toContain(typeof tokenSubject(token));
        },
      ),
    );
  });
});
