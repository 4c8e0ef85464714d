import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currentToken, tokenSubject } from '../../src/device/token.ts';

const part = (text: string) => Buffer.from(text).toString('base64url');

describe('currentToken', () => {
  it.each(['a.b.c\n', 'a.b .c', '"a.b.c"\r', 'ä.b.c'])(
    'refuses a token that no header can carry, without repeating it: %j',
    async (token) => {
      await expect(currentToken(token)).rejects.toMatchObject({
        code: 'token-malformed',
        message: expect.not.stringContaining(token.trim()),
      });
    },
  );

  it('takes a JWT as it is', async () => {
    expect(await currentToken(() => 'a.b-_.c')).toBe('a.b-_.c');
  });
});

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
