import { describe, expect, it } from 'vitest';
import { assertOptionNames } from '../../src/protocol/option-names.ts';

interface Options {
  readonly size?: number;
  readonly shuffle?: boolean;
}

const check = (options: unknown): void =>
  assertOptionNames<Options>('batches', options as Options, { size: true, shuffle: true });

describe('assertOptionNames', () => {
  it('lets known options pass, also absent ones', () => {
    expect(() => check({})).not.toThrow();
    expect(() => check({ size: undefined, shuffle: true })).not.toThrow();
  });

  it.each([
    [
      { shufle: true },
      'batches got the unknown option "shufle", perhaps meant for "shuffle"; expected one of size, shuffle',
    ],
    [
      { size: 1, colour: 2 },
      'batches got the unknown option "colour"; expected one of size, shuffle',
    ],
    [null, 'The options of batches are null, expected an object with size, shuffle'],
    [7, 'The options of batches are 7, expected an object with size, shuffle'],
  ])('refuses %j', (options, message) => {
    expect(() => check(options)).toThrow(new TypeError(message));
  });
});
