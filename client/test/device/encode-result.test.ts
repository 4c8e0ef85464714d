import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeResult } from '../../src/device/encode-result.ts';
import type { TrainResult } from '../../src/index.ts';
import {
  decodeSafetensors,
  decodeWeights,
  type Metrics,
  type NamedTensor,
  type NamedTensors,
} from '../../src/protocol/index.ts';
import { PSEUDONYM, plan } from './support/fake-world.ts';

const base = Float32Array.of(1, 2, 3, 4, 0.5);
const identity = { plan, baseVersion: 3, device: PSEUDONYM, base };

const tensors = (w: readonly number[], bias = [0]): NamedTensors => ({
  w: { dtype: 'F32', shape: [2, 2], data: Float32Array.from(w) },
  bias: { dtype: 'F32', shape: [], data: Float32Array.from(bias) },
});
const good = tensors([1, 1, 1, 1]);

describe('encodeResult', () => {
  it('subtracts the base in float64 and rounds once', () => {
    fc.assert(
      fc.property(
        fc.float32Array({ minLength: 5, maxLength: 5 }),
        fc.float32Array({ minLength: 5, maxLength: 5 }),
        (trained, received) => {
          const weights = tensors([...trained.subarray(0, 4)], [...trained.subarray(4)]);
          const unchecked = { ...identity, base: received, isUnchecked: true };
          const file = encodeResult({ weights, exampleCount: 1 }, unchecked);
          const delta = decodeWeights(file);
          const expected = [...trained].map((value, i) => Math.fround(value - (received[i] ?? 0)));
          expect([...(delta['w']?.data ?? []), ...(delta['bias']?.data ?? [])]).toEqual(expected);
        },
      ),
    );
  });

  it('gives the same bytes for the same result in whatever order its tensors are', () => {
    const { w, bias } = good;
    if (w === undefined || bias === undefined) throw new Error('expected both');
    const forward = encodeResult({ delta: { w, bias }, exampleCount: 2 }, identity);
    expect(encodeResult({ delta: { bias, w }, exampleCount: 2 }, identity)).toEqual(forward);
  });

  it('leaves the trained weights as they are', () => {
    const weights = tensors([5, 5, 5, 5]);
    encodeResult({ weights, exampleCount: 1 }, identity);
    expect(weights).toEqual(tensors([5, 5, 5, 5]));
  });

  describe('of a plan with a frozen tensor', () => {
    const frozen = { name: 'base', dtype: 'F32', shape: [6], role: 'frozen' } as const;
    const whole = { ...identity, plan: { ...plan, tensors: [frozen, ...plan.tensors] } };
    const expected = encodeResult({ weights: good, exampleCount: 1 }, identity);

    it.each<[string, NamedTensors]>([
      ['not there', {}],
      ['there', { base: { dtype: 'F32', shape: [6], data: new Float32Array(6).fill(9) } }],
      [
        'there and unfit',
        { base: { dtype: 'F32', shape: [1], data: Float32Array.of(Number.NaN) } },
      ],
    ])('leaves it out of weights and deltas: %s', (_, base) => {
      const weights = { ...base, ...good };
      expect(encodeResult({ weights, exampleCount: 1 }, whole)).toEqual(expected);
      const delta = encodeResult({ delta: { ...base, ...good }, exampleCount: 1 }, whole);
      expect(Object.keys(decodeWeights(delta))).toEqual(['w', 'bias']);
    });
  });

  it('sends weights whatever is wrong with the metrics', () => {
    const metrics = { loss: Number.NaN, accuracy: 0.5, n: 12n } as unknown as Metrics;
    const file = encodeResult({ delta: good, exampleCount: 1, metrics }, identity);
    expect(decodeSafetensors(file).metadata['metrics']).toBe('{"accuracy":0.5}');
    expect(decodeWeights(file)['w']?.data).toEqual(good['w']?.data);
  });

  it.each<[string, unknown, string]>([
    ['a list', [1, 1, 1, 1.1], 'F32'],
    ['a Float64Array', Float64Array.of(1, 1, 1, 1.1), 'F32'],
    ['a Float64Array that says so', Float64Array.of(1, 1, 1, 1.1), 'F64'],
  ])('rounds elements in %s to float32', (_, data, dtype) => {
    const w = { dtype, shape: [2, 2], data } as unknown as NamedTensor;
    const delta = { ...good, w };
    const file = encodeResult({ delta, exampleCount: 1 }, identity);
    expect(decodeWeights(file)['w']?.data).toEqual(Float32Array.of(1, 1, 1, 1.1));
    const weights = encodeResult({ weights: { ...good, w }, exampleCount: 1 }, identity);
    expect(decodeWeights(weights)['w']?.data[3]).toBe(Math.fround(Math.fround(1.1) - 4));
  });

  it('takes a BigInt of examples, and tells another kind without its values', () => {
    const counted = { delta: good, exampleCount: 120n } as unknown as TrainResult;
    expect(decodeSafetensors(encodeResult(counted, identity)).metadata['example_count']).toBe(
      '120',
    );
    const tensor = { toString: () => 'Tensor 471.25' } as unknown as number;
    const encode = () => encodeResult({ delta: good, exampleCount: tensor }, identity);
    expect(encode).toThrow(/exampleCount is .*, expected an integer from 1/);
    expect(encode).not.toThrow(/471/);
  });

  const refused: readonly [string, string, unknown][] = [
    ['0 examples', 'no-examples', { delta: good, exampleCount: 0 }],
    ['-1 examples', 'example-count', { delta: good, exampleCount: -1 }],
    ['2.5 examples', 'example-count', { delta: good, exampleCount: 2.5 }],
    ['2^53 examples', 'example-count', { delta: good, exampleCount: 2 ** 53 }],
    ['NaN examples', 'example-count', { delta: good, exampleCount: Number.NaN }],
    ['no example count', 'example-count', { delta: good }],
    ['a text of examples', 'example-count', { delta: good, exampleCount: 'many' }],
    ['a tensor that is none', 'bad-entry', { delta: { ...good, w: [1, 2] }, exampleCount: 1 }],
    ['a missing tensor', 'wrong-tensors', { delta: { w: good['w'] }, exampleCount: 1 }],
    [
      'a tensor too many',
      'wrong-tensors',
      { weights: { ...good, extra: good['w'] }, exampleCount: 1 },
    ],
    [
      'another shape',
      'wrong-shape',
      { weights: { ...good, w: { ...good['w'], shape: [4] } }, exampleCount: 1 },
    ],
    [
      'F07: another dtype',
      'wrong-dtype',
      {
        delta: { ...good, w: { dtype: 'I64', shape: [2, 2], data: new BigInt64Array(4) } },
        exampleCount: 1,
      },
    ],
  ];
  it.each(refused)('refuses %s', (_name, code, result) => {
    expect(() => encodeResult(result as TrainResult, identity)).toThrow(
      expect.objectContaining({
        name: 'UpdateRejectedError',
        code,
        detail: expect.objectContaining({ phase: 'training' }),
        message: expect.stringContaining('model digits'),
      }),
    );
  });
});
