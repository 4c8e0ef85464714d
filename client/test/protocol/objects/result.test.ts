import { checkJson, type ResultObject, resultObjectSchema } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { PUBLISHED_RESULT } from '../golden-objects.ts';
import { codeOf } from '../samples.ts';

function read(result: unknown): ResultObject {
  return checkJson(resultObjectSchema, result, { source: 'the result' });
}

const { trainingMetrics: _, ...rest } = PUBLISHED_RESULT as Extract<
  ResultObject,
  { kind: 'published' }
>;

describe('resultObjectSchema', () => {
  it('reads a result as it is', () => {
    expect(read(PUBLISHED_RESULT)).toEqual(PUBLISHED_RESULT);
  });

  it('reads means of results made before, and nothing they did not say', () => {
    const unknown = { devices: null, standardDeviation: null, min: null, max: null };
    expect(read({ ...rest, metrics: { loss: 0.25 } })).toEqual({
      ...rest,
      trainingMetrics: { loss: { mean: 0.25, ...unknown } },
    });
    expect(read({ ...rest, metrics: {} })).toEqual({ ...rest, trainingMetrics: {} });
  });

  it.each([
    ['neither', {}],
    ['old metrics that are none', { metrics: { loss: '1' } }],
    ['a metric without a mean', { trainingMetrics: { loss: { devices: 1 } } }],
    ['a count of no device', { trainingMetrics: { loss: { mean: 1, devices: 0 } } }],
  ])('refuses %s', (_name, members) => {
    expect(codeOf(() => read({ ...rest, ...members }))).toBe('json-invalid');
  });
});
