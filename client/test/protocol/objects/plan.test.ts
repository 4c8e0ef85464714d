import { checkJson, trainingPlanSchema } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { codeOf, PLAN } from '../samples.ts';

const BIAS = PLAN.tensors[2]!;

function check(changes: Readonly<Record<string, unknown>>): unknown {
  return checkJson(trainingPlanSchema, { ...PLAN, ...changes }, { source: 'the plan' });
}

describe('trainingPlanSchema', () => {
  it('takes a plan as it is', () => {
    expect(check({})).toEqual(PLAN);
  });

  it('takes a plan made before statistics had a bound, and gives it none', () => {
    const { statisticBoundLog2: _, ...update } = PLAN.update;
    expect(check({ update })).toEqual({ ...PLAN, update });
  });

  it.each([
    ['a tensor twice', { tensors: [BIAS, BIAS] }],
    ['no tensors', { tensors: [] }],
    ['a reserved name', { tensors: [{ ...BIAS, name: '__metadata__' }] }],
    ['an empty name', { tensors: [{ ...BIAS, name: '' }] }],
    ['a name without UTF-8', { tensors: [{ ...BIAS, name: '\ud800' }] }],
    ['a name too long', { tensors: [{ ...BIAS, name: 'é'.repeat(257) }] }],
    ['another dtype', { tensors: [{ ...BIAS, dtype: 'I64' }] }],
    ['a negative dimension', { tensors: [{ ...BIAS, shape: [-1] }] }],
    ['a rank too high', { tensors: [{ ...BIAS, shape: [1, 1, 1, 1, 1, 1, 1, 1, 1] }] }],
    ['an unknown member', { rounds: 3 }],
    ['a model name no key can hold', { model: 'a/b' }],
    ['a delta bound out of range', { update: { ...PLAN.update, deltaBoundLog2: 21 } }],
    ['a bound of statistics out of range', { update: { ...PLAN.update, statisticBoundLog2: 65 } }],
    ['a cap that is no integer', { update: { ...PLAN.update, exampleCountCap: 1.5 } }],
    ['an option that is no number', { strategy: { name: 'fedavg', options: { a: '1' } } }],
  ])('refuses %s', (_, changes) => {
    expect(codeOf(() => check(changes))).toBe('json-invalid');
  });
});
