import {
  checkUpdateHeader,
  encodeUpdate,
  type Metrics,
  ObjectInvalidError,
  updateBytesMax,
  updateHeaderBytesMax,
} from '@tributary/client/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEVICE, OTHER_DEVICE, PLAN } from '../samples.ts';
import { CONTENT, outcomeOf, withMetadata, withTensors } from './update-samples.ts';

const VALID = encodeUpdate(CONTENT);

describe('checkUpdateHeader', () => {
  it('reads example count, metrics and the data’s place', () => {
    expect(outcomeOf(VALID)).toEqual({
      kind: 'valid',
      exampleCount: 120,
      metrics: { loss: 0.25, accuracy: 1 },
      dataOffset: VALID.length - 40,
    });
  });

  it('refuses with wrong-tensors a frozen tensor, and takes the update without it', () => {
    const bias = PLAN.tensors.findIndex(({ name }) => name === 'dense/bias');
    const plan = {
      ...PLAN,
      tensors: PLAN.tensors.with(bias, { ...PLAN.tensors[bias]!, role: 'frozen' }),
    };
    const outcome = (file: Uint8Array) =>
      checkUpdateHeader(file, { plan, baseVersion: 2, device: DEVICE, fileBytes: file.length });
    expect(outcome(VALID)).toMatchObject({
      kind: 'invalid',
      code: 'wrong-tensors',
      detail: {
        message: expect.stringMatching(/^Tensor "dense\/bias" is frozen in the plan/),
        tensor: 'dense/bias',
        expected: 'no frozen tensor',
        got: 'a file with it',
      },
    });
    const without = withTensors((tensors) => tensors.filter(({ name }) => name !== 'dense/bias'));
    expect(outcome(without)).toMatchObject({ kind: 'valid', exampleCount: 120 });
  });

  it('needs the header alone', () => {
    expect(outcomeOf(VALID.subarray(0, VALID.length - 40), VALID.length).kind).toBe('valid');
  });

  it('leaves alone metadata it does not know', () => {
    expect(outcomeOf(withMetadata({ framework: 'pytorch' })).kind).toBe('valid');
  });

  it.each([
    ['wrong-format', { format: '2' }],
    ['wrong-format', { format: undefined }],
    ['wrong-model', { model: 'digit' }],
    ['wrong-base', { base_version: '4' }],
    ['wrong-base', { base_version: '02' }],
    ['wrong-device', { device: OTHER_DEVICE }],
    ['wrong-encoding', { encoding: 'int8' }],
    ['no-examples', { example_count: '0' }],
  ])('refuses with %s the metadata %j', (code, changes) => {
    expect(outcomeOf(withMetadata(changes))).toMatchObject({ kind: 'invalid', code });
  });

  it.each<[string | undefined, Metrics]>([
    [undefined, {}],
    ['', {}],
    ['[]', {}],
    ['{"a":1} ,', {}],
    ['{"a":1,"b":{"c":[2]}', {}],
    ['{"a":"1","b":2}', { b: 2 }],
    ['{"a":null,"b":2}', { b: 2 }],
    ['{"a":1e999,"b":2}', { b: 2 }],
    ['{"a": NaN, "b": 2}', { b: 2 }],
    ['{"a":Infinity,"b":2,"c":-Infinity}', { b: 2 }],
    ['{"a":[NaN,1],"NaN":-1}', { NaN: -1 }],
    ['{"a":{"x":{}},"b":2}', { b: 2 }],
    ['{"__proto__":1,"b":2}', { b: 2 }],
    [`{"":1,"${'m'.repeat(65)}":1,"b":2}`, { b: 2 }],
    [
      JSON.stringify(Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`m${i}`, i]))),
      Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`m${i}`, i])),
    ],
  ])('leaves out of the metrics %j what is none, and takes the update', (metrics, expected) => {
    const outcome = outcomeOf(withMetadata({ metrics }));
    expect(outcome).toMatchObject({ kind: 'valid', exampleCount: 120 });
    expect(outcome).toHaveProperty('metrics', expected);
  });

  it('takes 16 metrics with the longest names', () => {
    const metrics = Object.fromEntries(
      Array.from({ length: 16 }, (_, i) => [`${i}`.padEnd(64, '"'), -1.7976931348623157e308]),
    );
    expect(outcomeOf(withMetadata({ metrics: JSON.stringify(metrics) }))).toMatchObject({
      kind: 'valid',
      metrics,
    });
  });

  it('refuses other tensors, shapes and dtypes', () => {
    const codeFor = (change: Parameters<typeof withTensors>[0]) => {
      const outcome = outcomeOf(withTensors(change));
      return outcome.kind === 'invalid' ? outcome.code : outcome.kind;
    };
    expect(codeFor((tensors) => tensors.slice(1))).toBe('wrong-tensors');
    expect(codeFor((tensors) => tensors.toReversed())).toBe('wrong-tensors');
    expect(codeFor(([first, ...rest]) => [{ ...first!, shape: [6] }, ...rest])).toBe('wrong-shape');
    expect(codeFor(([first, ...rest]) => [{ ...first!, dtype: 'U32' }, ...rest])).toBe(
      'wrong-dtype',
    );
  });

  it('refuses by length what is longer than any update of the plan, unread', () => {
    const outcome = outcomeOf(VALID, updateBytesMax(PLAN) + 1);
    expect(outcome).toMatchObject({ kind: 'invalid', code: 'update-too-large' });
  });

  it('refuses every truncation and every addition', () => {
    for (let length = 0; length < VALID.length; length += 1) {
      expect(outcomeOf(VALID.subarray(0, length)).kind).toBe('invalid');
    }
    const longer = new Uint8Array(VALID.length + 1);
    longer.set(VALID);
    expect(outcomeOf(longer)).toMatchObject({ kind: 'invalid', code: 'trailing-bytes' });
  });

  it('answers with a value, whatever the bytes', () => {
    const headerBytes = VALID.length - 40;
    const flips = fc.array(
      fc.tuple(fc.nat({ max: headerBytes - 1 }), fc.integer({ min: 1, max: 255 })),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(flips, (changes) => {
        const file = VALID.slice();
        for (const [at, bits] of changes) file[at]! ^= bits;
        expect(['valid', 'invalid']).toContain(outcomeOf(file).kind);
      }),
      { numRuns: 2_000 },
    );
  });

  it('throws for a short read, which says nothing about the update', () => {
    expect(() => outcomeOf(VALID.subarray(0, 100), VALID.length)).toThrow(RangeError);
    expect(() => outcomeOf(VALID.subarray(0, 100), VALID.length)).not.toThrow(ObjectInvalidError);
  });

  it('has room in its bound for every spelling of the plan’s tensors', () => {
    const long = {
      ...PLAN,
      tensors: [
        { ...PLAN.tensors[0]!, name: '\u0001'.repeat(512), shape: [1, 1, 1, 1, 1, 1, 1, 6] },
      ],
    };
    const data = new Float32Array(6);
    const { name, shape } = long.tensors[0]!;
    const delta = { [name]: { dtype: 'F32', shape, data } } as const;
    const file = encodeUpdate({ ...CONTENT, plan: long, delta });
    expect(file.length - data.byteLength).toBeLessThanOrEqual(updateHeaderBytesMax(long));
  });
});
