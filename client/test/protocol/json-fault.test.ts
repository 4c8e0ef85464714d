import { expect, it } from 'vitest';
import * as z from 'zod';
import { checkValue, describeValue } from '../../src/protocol/json-fault.ts';

const schema = z.strictObject({
  rounds: z.union([z.int().min(1), z.literal('continuous')]).optional(),
  goal: z.int().min(1).max(9).optional(),
  name: z.string().min(1).optional(),
  role: z.enum(['trained', 'statistic']).optional(),
  limit: z.number().positive().optional(),
  digest: z
    .string()
    .regex(/^[0-9a-f]+$/)
    .optional(),
  model: z
    .string()
    .refine((name) => name === 'digits', 'expected digits')
    .optional(),
  step: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('sgd') }),
      z.strictObject({ kind: z.literal('momentum'), momentum: z.number().lt(1) }),
    ])
    .optional(),
  rows: z.array(z.array(z.union([z.string(), z.null()]))).optional(),
  url: z.url({ protocol: /^https?$/ }).optional(),
});

function faultOf(value: unknown): string {
  const checked = checkValue(schema, value);
  return 'fault' in checked ? `${checked.fault.path}: ${checked.fault.message}` : 'none';
}

it.each<[unknown, string]>([
  [undefined, ': got nothing, expected an object'],
  [[1, 2], ': got a list of 2, expected an object'],
  [{ goal: 0 }, 'goal: got 0, expected at least 1'],
  [{ goal: 10 }, 'goal: got 10, expected at most 9'],
  [{ goal: 2.5 }, 'goal: got 2.5, expected a whole number'],
  [{ goal: '3' }, 'goal: got "3", expected a whole number'],
  [{ limit: Number.NaN }, 'limit: got NaN, expected a finite number'],
  [{ limit: 0 }, 'limit: got 0, expected above 0'],
  [{ name: '' }, 'name: got "", expected at least 1 characters'],
  [{ role: 'frozen' }, 'role: got "frozen", expected one of "trained", "statistic"'],
  [{ digest: 'XY' }, 'digest: got "XY", expected a text of the form /^[0-9a-f]+$/'],
  [{ model: 'letters' }, 'model: got "letters", expected digits'],
  [{ rounds: 'two' }, 'rounds: got "two", expected a whole number, or "continuous"'],
  [{ step: { kind: 'adam' } }, 'step.kind: got "adam", expected one of "sgd", "momentum"'],
  [{ step: { kind: 'momentum', momentum: 2 } }, 'step.momentum: got 2, expected below 1'],
  [{ url: 'ftp://x' }, 'url: got "ftp://x", expected an http or https URL'],
  [
    { rond: 3, goal: 0 },
    ': got the unknown member "rond", perhaps meant for "rounds"; expected one of rounds, goal, name, role, limit, digest, model, step, rows, url',
  ],
])('%o is told by what was got and what is allowed', (value, told) => {
  expect(faultOf(value)).toBe(told);
});

it('what may be a tensor, a token or a document is told by its kind alone', () => {
  expect(faultOf({ rows: [['a', 42.125]] })).toBe(
    'rows.0.1: got a number, expected a text, or null',
  );
  expect(faultOf({ goal: 'secret'.repeat(20) })).toBe(
    'goal: got a text of 120 characters, expected a whole number',
  );
});

it.each<[unknown, string]>([
  [null, 'null'],
  [() => 1, 'a function'],
  [new Float64Array(3), 'a Float64Array'],
  [new ArrayBuffer(1), 'an ArrayBuffer'],
  [Object.create(null), 'an object'],
  [1n, 'a bigint'],
])('%o is described without its content', (value, text) => {
  expect(describeValue(value)).toBe(text);
});
