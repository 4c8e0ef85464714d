import {
  decodeVersion,
  decodeWeights,
  encodeVersion,
  encodeWeights,
  parseVersionHeader,
  unflattenTensors,
  versionBytesMax,
  versionHeaderBytesMax,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { codeOf, FLAT, PLAN } from '../samples.ts';

const FILE = encodeVersion({ plan: PLAN, version: 7, weights: FLAT });

describe('encodeVersion and decodeVersion', () => {
  it('are inverse, bit for bit', () => {
    const weights = decodeVersion(FILE, { plan: PLAN, version: 7 });
    expect(new Uint32Array(weights.buffer)).toEqual(new Uint32Array(FLAT.buffer));
  });

  it('make a file that readers of weights open', () => {
    expect(decodeWeights(FILE)).toEqual(unflattenTensors(PLAN, FLAT));
  });

  it('stay within the bounds that lengths are judged by', () => {
    expect(FILE.length).toBeLessThanOrEqual(versionBytesMax(PLAN));
    expect(FILE.length - FLAT.byteLength).toBeLessThanOrEqual(versionHeaderBytesMax(PLAN));
  });

  it('refuse a model of another length', () => {
    const weights = new Float32Array(11);
    expect(codeOf(() => encodeVersion({ plan: PLAN, version: 7, weights }))).toBe('size-mismatch');
  });

  it('refuse the file of another version, model or format', () => {
    expect(codeOf(() => decodeVersion(FILE, { plan: PLAN, version: 8 }))).toBe('wrong-version');
    const plan = { ...PLAN, model: 'letters' };
    expect(codeOf(() => decodeVersion(FILE, { plan, version: 7 }))).toBe('wrong-model');
    const bare = encodeWeights(unflattenTensors(PLAN, FLAT));
    expect(codeOf(() => decodeVersion(bare, { plan: PLAN, version: 7 }))).toBe('wrong-format');
  });

  it('refuse other tensors than the plan’s', () => {
    const plan = { ...PLAN, tensors: PLAN.tensors.slice(1) };
    expect(codeOf(() => decodeVersion(FILE, { plan, version: 7 }))).toBe('wrong-tensors');
  });
});

describe('parseVersionHeader', () => {
  it('needs the header alone', () => {
    const { dataOffset } = parseVersionHeader(FILE.subarray(0, FILE.length - 40), {
      plan: PLAN,
      version: 7,
      fileBytes: FILE.length,
    });
    expect(dataOffset).toBe(FILE.length - 40);
  });
});
