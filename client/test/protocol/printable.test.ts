import { describe, expect, it } from 'vitest';
import { printable } from '../../src/protocol/printable.ts';
import { quote } from '../../src/protocol/strict-json.ts';

describe('printable', () => {
  it.each([
    ['dense/bias', 'dense/bias'],
    ['schön 😀 重み', 'schön 😀 重み'],
    ['\u001b[2J', '\\u001b[2J'],
    ['a\r\nb\tc\u0007', 'a\\u000d\\u000ab\\u0009c\\u0007'],
    ['\u009b31m\u007f', '\\u009b31m\\u007f'],
    ['\u202eevil\u2066\u200b\ufeff', '\\u202eevil\\u2066\\u200b\\ufeff'],
    ['\u2028\u2029', '\\u2028\\u2029'],
    ['\ud800', '\\ud800'],
    ['\u{e0041}', '\\udb40\\udc41'],
  ])('writes %j as %s', (text, expected) => {
    expect(printable(text, 100)).toBe(expected);
  });

  it('cuts after escaping, so that escapes can’t make a text long', () => {
    expect(printable('\u0000'.repeat(1_000), 20)).toBe('\\u0000\\u0000\\u0000\\…');
    expect(printable('x'.repeat(20), 20)).toBe('x'.repeat(20));
    expect(printable('x'.repeat(21), 20)).toBe(`${'x'.repeat(19)}…`);
  });
});

describe('quote', () => {
  it('escapes what JSON leaves and a terminal obeys', () => {
    expect(quote('a"\u009b\u202e')).toBe('"a\\"\\u009b\\u202e"');
  });
});
