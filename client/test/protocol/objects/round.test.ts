import { checkJson, roundSettingsSchema } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { ROUND } from '../golden-objects.ts';
import { codeOf } from '../samples.ts';

function check(changes: Readonly<Record<string, unknown>>): unknown {
  const settings = { ...ROUND.settings, ...changes };
  return checkJson(roundSettingsSchema, settings, { source: 'the settings' });
}

describe('roundSettingsSchema', () => {
  it('takes settings as they are, a minimum as high as the goal, and everybody for a population', () => {
    expect(check({})).toEqual(ROUND.settings);
    check({ minimum: 20 });
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
