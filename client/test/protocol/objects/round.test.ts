import { assertMinimum, checkJson, roundSettingsSchema } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { ROUND } from '../golden-objects.ts';
import { codeOf } from '../samples.ts';

function check(changes: Readonly<Record<string, unknown>>): unknown {
  const settings = { ...ROUND.settings, ...changes };
  return checkJson(roundSettingsSchema, settings, { source: 'the settings' });
}

describe('roundSettingsSchema', () => {
  it('takes settings as they are, and everybody for a population', () => {
    expect(check({})).toEqual(ROUND.settings);
    check({ population: null });
  });

  it.each([
    { minimum: 21 },
    { goal: 0 },
    { minimum: 0 },
    { goal: 1.5 },
    { deadlineSeconds: 0.5 },
    { deadlineSeconds: 604_801 },
    { deadlineSeconds: Number.NaN },
    { abandonAfterSeconds: 0 },
    { overSelection: 0.9 },
    { population: 0 },
    { rounds: 3 },
  ])('refuses %j', (changes) => {
    expect(codeOf(() => check(changes))).toBe('json-invalid');
  });
});

describe('assertMinimum', () => {
  it.each([
    { goal: 2, minimum: 1 },
    { goal: 20, minimum: 19 },
    { goal: 1, minimum: 1 },
  ])('takes %j', (settings) => {
    expect(() => assertMinimum(settings)).not.toThrow();
  });

  it.each([
    { goal: 2, minimum: 2 },
    { goal: 20, minimum: 20 },
    { goal: 20, minimum: 21 },
  ])('refuses %j, for one device could abort every round', (settings) => {
    expect(() => assertMinimum(settings)).toThrow(
      expect.objectContaining({ code: 'minimum-not-below-goal', detail: settings }),
    );
  });
});
