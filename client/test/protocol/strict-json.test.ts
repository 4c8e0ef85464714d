import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonCursor, parseDecimal } from '../../src/protocol/strict-json.ts';
import { codeOf } from './samples.ts';

function cursorOf(text: string): JsonCursor {
  return new JsonCursor(text, { subject: 'Text', malformedCode: 'malformed' });
}

function skipAll(text: string): void {
  const cursor = cursorOf(text);
  cursor.skipValue();
  cursor.readEnd();
}

describe('JsonCursor', () => {
  it('reads past any JSON value that has no name twice', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 8 }),
        fc.constantFrom(undefined, 1, '\t'),
        (value, indent) => {
          skipAll(JSON.stringify(value, null, indent));
        },
      ),
    );
  });

  it('takes for JSON nothing that JSON.parse refuses', () => {
    const text = fc.string({ unit: fc.constantFrom(...'{}[]":,\\u0d8-+.e1 \nntrue') });
    fc.assert(
      fc.property(text, (candidate) => {
        try {
          skipAll(candidate);
        } catch {
          return;
        }
        JSON.parse(candidate);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '[{"b":{"a":1,"c":2,"a":3}}]', '{"":0,"":0}'])(
    'refuses a name twice in one object: %s',
    (text) => {
      expect(codeOf(() => skipAll(text))).toBe('duplicate-name');
    },
  );

  it('takes equal names in different objects', () => {
    skipAll('{"a":{"a":1},"b":{"a":1}}');
  });

  it('answers undefined for a value of another type and goes on behind it', () => {
    const cursor = cursorOf('["x", 1.5, {}, "y", [1, {"k":2}], 7]');
    const read: unknown[] = [];
    const readers = [
      () => cursor.readInteger(),
      () => cursor.readInteger(),
      () => cursor.readString(),
      () => cursor.readArray(() => undefined),
      () => cursor.readObject(() => undefined),
      () => cursor.readInteger(),
    ];
    cursor.readArray(() => read.push(readers[read.length]?.()));
    expect(read).toEqual([undefined, undefined, undefined, false, false, 7]);
    cursor.readEnd();
  });

  it('takes no number for finite that a double can not hold', () => {
    expect(cursorOf('1e999').readNumber()).toBeUndefined();
    expect(cursorOf('-1.5e-3').readNumber()).toBe(-0.0015);
  });
});

describe('parseDecimal', () => {
  it('reads every integer it was written from', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(parseDecimal(String(value))).toBe(value);
      }),
    );
  });

  it.each([
    '',
    ' 7',
    '7 ',
    '+7',
    '-5',
    '-0',
    '00',
    '07',
    '2.5',
    '1e3',
    '0x10',
    '٣',
    '9007199254740992',
    '99999999999999999',
  ])('refuses %j', (text) => {
    expect(parseDecimal(text)).toBeUndefined();
  });
});
