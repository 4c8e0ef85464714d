import {
  decodeSafetensors,
  decodeWeights,
  encodeUpdate,
  encodeVersion,
  type Metrics,
  type TrainingPlan,
  UpdateRejectedError,
  updateBytesMax,
  updateBytesMin,
  updateHeaderBytesMax,
  versionBytesMax,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { codeOf, DEVICE, FLAT, PLAN } from '../samples.ts';
import { CONTENT, outcomeOf } from './update-samples.ts';

/** The plan with a frozen tensor before all others. */
const HALF_FROZEN: TrainingPlan = {
  ...PLAN,
  tensors: [{ name: 'base', dtype: 'F32', shape: [1000], role: 'frozen' }, ...PLAN.tensors],
};

describe('encodeUpdate', () => {
  it('writes the delta in the plan’s order behind the metadata', () => {
    const { metadata, tensors, dataOffset } = decodeSafetensors(encodeUpdate(CONTENT));
    expect(metadata).toEqual({
      format: '1',
      model: 'digits',
      base_version: '2',
      device: DEVICE,
      example_count: '120',
      encoding: 'f32',
      metrics: '{"loss":0.25,"accuracy":1}',
    });
    expect(tensors.map(({ name }) => name)).toEqual(PLAN.tensors.map(({ name }) => name));
    expect(dataOffset % 8).toBe(0);
  });

  it('gives the same bytes whatever the order of the delta’s tensors', () => {
    const delta = Object.fromEntries(Object.entries(CONTENT.delta).reverse());
    expect(encodeUpdate({ ...CONTENT, delta })).toEqual(encodeUpdate(CONTENT));
  });

  it('carries non-finite numbers unchanged: judging them is the fold’s work', () => {
    const data = Float32Array.of(Number.NaN, Number.NEGATIVE_INFINITY, 1);
    const delta = { ...CONTENT.delta, 'dense/bias': { dtype: 'F32', shape: [3], data } } as const;
    const file = encodeUpdate({ ...CONTENT, delta });
    expect(outcomeOf(file).kind).toBe('valid');
    expect(decodeWeights(file)['dense/bias']?.data).toEqual(data);
  });

  it.each([
    ['example-count', { exampleCount: -5 }],
    ['example-count', { exampleCount: 2.5 }],
    ['example-count', { exampleCount: Number.NaN }],
    ['example-count', { exampleCount: 2 ** 53 }],
    ['no-examples', { exampleCount: 0 }],
    ['wrong-tensors', { delta: {} }],
    ['bad-metadata', { device: '\ud800' }],
  ])('refuses with %s what the aggregator would refuse: %j', (code, changes) => {
    const encode = () => encodeUpdate({ ...CONTENT, ...changes });
    expect(encode).toThrow(UpdateRejectedError);
    expect(codeOf(encode)).toBe(code);
  });

  it('leaves out metrics that are not, and refuses no update for them', () => {
    const report = { loss: Number.NaN, '': 1, '\ud800': 1, text: '1', big: 1n, accuracy: 0.5 };
    const file = encodeUpdate({ ...CONTENT, metrics: report as unknown as Metrics });
    expect(outcomeOf(file)).toMatchObject({ kind: 'valid', metrics: { accuracy: 0.5 } });
  });

  it('leaves frozen tensors out: the file is that of a plan without them', () => {
    const file = encodeUpdate({ ...CONTENT, plan: HALF_FROZEN });
    expect(file).toEqual(encodeUpdate(CONTENT));
    expect(updateHeaderBytesMax(HALF_FROZEN)).toBe(updateHeaderBytesMax(PLAN));
    expect(updateBytesMax(HALF_FROZEN)).toBe(updateBytesMax(PLAN));
    expect(updateBytesMin(HALF_FROZEN)).toBe(updateBytesMin(PLAN));
  });

  it('refuses a frozen tensor by its name', () => {
    const base = { dtype: 'F32', shape: [1000], data: new Float32Array(1000) } as const;
    const delta = { ...CONTENT.delta, base };
    expect(() => encodeUpdate({ ...CONTENT, plan: HALF_FROZEN, delta })).toThrow(
      expect.objectContaining({
        name: 'UpdateRejectedError',
        code: 'wrong-tensors',
        message:
          'Tensor "base" is frozen in the plan, expected an update without it; leave frozen tensors out',
        detail: expect.objectContaining({ tensor: 'base' }),
      }),
    );
  });

  it('leaves versions whole', () => {
    const weights = new Float32Array(1010);
    const file = encodeVersion({ plan: HALF_FROZEN, version: 0, weights });
    const names = decodeSafetensors(file).tensors.map(({ name }) => name);
    expect(names).toEqual(HALF_FROZEN.tensors.map(({ name }) => name));
    expect(versionBytesMax(HALF_FROZEN)).toBeGreaterThan(file.length);
    expect(updateBytesMax(HALF_FROZEN)).toBeLessThan(versionBytesMax(HALF_FROZEN) - 4000);
  });

  it('gives a file of the whole delta', () => {
    expect(decodeWeights(encodeUpdate(CONTENT))['dense/kernel']?.data).toEqual(FLAT.slice(0, 6));
  });
});
