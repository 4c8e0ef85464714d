import {
  decodeSafetensors,
  encodeSafetensors,
  encodeUpdate,
  unflattenTensors,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import {
  checkUpdateFile,
  type KnownOfRound,
} from '../../../src/protocol/files/check-update-file.ts';
import { DEVICE, FLAT, OTHER_DEVICE, PLAN } from '../samples.ts';

function fileOf(values: ArrayLike<number>): Uint8Array {
  const delta = unflattenTensors(PLAN, Float32Array.from(values));
  return encodeUpdate({
    plan: PLAN,
    baseVersion: 2,
    device: DEVICE,
    exampleCount: 120,
    metrics: {},
    delta,
  });
}

/** The file with the bytes of every number in the other order. */
function swapped(file: Uint8Array, elements: number): Uint8Array {
  const copy = file.slice();
  const numbers = Buffer.from(copy.buffer, copy.length - 4 * elements);
  numbers.swap32();
  return copy;
}

describe('checkUpdateFile', () => {
  it('takes what the aggregator takes', () => {
    expect(checkUpdateFile(fileOf(FLAT), PLAN)).toEqual({
      kind: 'valid',
      exampleCount: 120,
      warnings: [],
    });
  });

  it('says what the aggregator would say of header and numbers', () => {
    const other = { ...PLAN, tensors: PLAN.tensors.toReversed() };
    expect(checkUpdateFile(fileOf(FLAT), other)).toMatchObject({
      kind: 'invalid',
      code: 'wrong-tensors',
      detail: { tensor: 'norm/mean' },
    });
    const large = Array.from(FLAT).with(7, 16);
    expect(checkUpdateFile(fileOf(large), PLAN)).toMatchObject({
      kind: 'invalid',
      code: 'out-of-bounds',
      detail: { tensor: 'dense/bias', expected: 'magnitudes below 2^4' },
    });
    expect(checkUpdateFile(new Uint8Array(3), PLAN)).toMatchObject({ code: 'header-truncated' });
  });

  it('names the first element that is not good, counted from 0 in its tensor', () => {
    const bias = 6;
    const messageOf = (value: number) => {
      const outcome = checkUpdateFile(fileOf(Array.from(FLAT).with(bias + 2, value)), PLAN);
      return outcome.kind === 'invalid' ? outcome.detail.message : outcome.kind;
    };
    expect(messageOf(Number.NaN)).toContain(
      '"dense/bias" has changes that are not finite, the first at element 2;',
    );
    expect(messageOf(-16)).toContain(
      '"dense/bias" (trained) has changes out of bounds, the first at element 2,',
    );
  });

  it.each([undefined, '', 'two', '2.0'])(
    'names no number of a base version that is not known: %j',
    (base_version) => {
      const { tensors, metadata } = decodeSafetensors(fileOf(FLAT));
      const { base_version: _, ...rest } = metadata;
      const stated = base_version === undefined ? rest : { ...rest, base_version };
      const outcome = checkUpdateFile(encodeSafetensors({ tensors, metadata: stated }), PLAN);
      expect(outcome).toMatchObject({
        code: 'wrong-base',
        detail: { expected: "(the number of the round's base version)" },
      });
    },
  );

  it('judges base version and device where they are known', () => {
    const file = fileOf(FLAT);
    const codeFor = (known: KnownOfRound) => {
      const outcome = checkUpdateFile(file, PLAN, known);
      return outcome.kind === 'invalid' ? outcome.code : outcome.kind;
    };
    expect(codeFor({ baseVersion: 2, device: DEVICE })).toBe('valid');
    expect(codeFor({ baseVersion: 3 })).toBe('wrong-base');
    expect(codeFor({ device: OTHER_DEVICE })).toBe('wrong-device');
  });

  it('warns of an update that changes nothing and of metrics that are left out', () => {
    const report = (metrics: string) => {
      const { metadata, tensors } = decodeSafetensors(fileOf(new Float32Array(10)));
      return checkUpdateFile(
        encodeSafetensors({ tensors, metadata: { ...metadata, metrics } }),
        PLAN,
      );
    };
    expect(report('{}')).toMatchObject({ warnings: [expect.stringMatching(/^every number is 0/)] });
    expect(report('{"loss": NaN}')).toMatchObject({
      warnings: [expect.anything(), expect.stringMatching(/^Metric "loss" is left out/)],
    });
    expect(report('loss 1')).toMatchObject({
      warnings: [expect.anything(), expect.stringMatching(/^Metrics are left out/)],
    });
  });

  it('says of a text that it is not a safetensors file, and names the metadata key to write', () => {
    const text = new TextEncoder().encode('weights,1,2,3\n4,5,6\n');
    expect(checkUpdateFile(text, PLAN)).toMatchObject({
      code: 'header-too-large',
      detail: { message: expect.stringMatching(/send a safetensors file$/) },
    });
    const { metadata, tensors } = decodeSafetensors(fileOf(FLAT));
    const { format: _, ...others } = metadata;
    expect(checkUpdateFile(encodeSafetensors({ tensors, metadata: others }), PLAN)).toMatchObject({
      code: 'wrong-format',
      detail: {
        message: 'Metadata format is missing, expected "1"; write the metadata key format, a text',
      },
    });
  });

  it('takes an update without the frozen tensors, and names one that it holds', () => {
    const tensors = PLAN.tensors.map((spec) => ({ ...spec, role: 'frozen' as const }));
    const frozen = { ...PLAN, tensors: PLAN.tensors.with(2, tensors[2]!) };
    expect(checkUpdateFile(fileOf(FLAT), frozen)).toMatchObject({
      code: 'wrong-tensors',
      detail: { tensor: 'dense/bias', message: expect.stringContaining('is frozen in the plan') },
    });
    const base = { ...tensors[2]!, name: 'base' };
    const grown = { ...PLAN, tensors: [base, ...PLAN.tensors] };
    expect(checkUpdateFile(fileOf(FLAT), grown)).toMatchObject({ kind: 'valid' });
  });

  it('warns of numbers in the wrong byte order, also where they are all within bounds', () => {
    const file = swapped(fileOf(new Float32Array(10).fill(0.5)), 10);
    expect(checkUpdateFile(file, PLAN)).toMatchObject({
      kind: 'valid',
      warnings: [expect.stringContaining('look big-endian')],
    });
  });
});
