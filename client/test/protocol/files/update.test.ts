import {
  decodeSafetensors,
  decodeWeights,
  encodeUpdate,
  type Metrics,
  UpdateRejectedError,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { codeOf, DEVICE, FLAT, PLAN } from '../samples.ts';
import { CONTENT, outcomeOf } from './update-samples.ts';

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

  it('gives a file of the whole delta', () => {
    expect(decodeWeights(encodeUpdate(CONTENT))['dense/kernel']?.data).toEqual(FLAT.slice(0, 6));
  });
});
