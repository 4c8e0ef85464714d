import {
  flattenTensors,
  layOutModel,
  layOutUpdate,
  type NamedTensor,
  type NamedTensors,
  unflattenTensors,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { codeOf, FLAT, PLAN } from '../samples.ts';

function changed(changes: Readonly<Record<string, NamedTensor>>): NamedTensors {
  return { ...unflattenTensors(PLAN, FLAT), ...changes };
}

describe('layOutModel', () => {
  it('puts tensors one behind the other, empty ones and scalars included', () => {
    const [kernel, empty, bias, mean] = PLAN.tensors;
    expect(layOutModel(PLAN)).toEqual({
      tensors: [
        { ...kernel, offset: 0, count: 6 },
        { ...empty, offset: 6, count: 0 },
        { ...bias, offset: 6, count: 3 },
        { ...mean, offset: 9, count: 1 },
      ],
      elementCount: 10,
    });
  });

  it('refuses a shape whose size overflows', () => {
    const tensor = { name: 'a', dtype: 'F32', shape: [2 ** 30, 2 ** 30], role: 'trained' } as const;
    expect(codeOf(() => layOutModel({ tensors: [tensor] }))).toBe('size-overflow');
  });
});

describe('layOutUpdate', () => {
  const [kernel, empty, bias, mean] = PLAN.tensors;
  const frozen = { name: 'base', dtype: 'F32', shape: [5, 7], role: 'frozen' } as const;

  it('is the layout of the model where no tensor is frozen', () => {
    expect(layOutUpdate(PLAN)).toEqual(layOutModel(PLAN));
  });

  it('leaves frozen tensors out, without gaps and in the plan’s order', () => {
    const plan = { tensors: [frozen, ...PLAN.tensors, { ...frozen, name: 'base/2' }] };
    expect(layOutModel(plan).elementCount).toBe(10 + 2 * 35);
    expect(layOutUpdate(plan)).toEqual({
      tensors: [
        { ...kernel, offset: 0, count: 6 },
        { ...empty, offset: 6, count: 0 },
        { ...bias, offset: 6, count: 3 },
        { ...mean, offset: 9, count: 1 },
      ],
      elementCount: 10,
    });
  });

  it('is empty where every tensor is frozen', () => {
    expect(layOutUpdate({ tensors: [frozen] })).toEqual({ tensors: [], elementCount: 0 });
  });
});

describe('flattenTensors and unflattenTensors', () => {
  it('are inverse', () => {
    expect(flattenTensors(PLAN, unflattenTensors(PLAN, FLAT))).toEqual(FLAT);
  });

  it('take tensors in any order and lay them out in the plan’s', () => {
    const reversed = Object.fromEntries(Object.entries(unflattenTensors(PLAN, FLAT)).reverse());
    expect(flattenTensors(PLAN, reversed)).toEqual(FLAT);
  });

  it('copy when joining and give views when splitting', () => {
    const flat = FLAT.slice();
    const tensors = unflattenTensors(PLAN, flat);
    const joined = flattenTensors(PLAN, tensors);
    flat[9] = 77;
    expect(tensors['norm/mean']?.data[0]).toBe(77);
    expect(joined[9]).toBe(-2.5);
  });

  it('find tensors by own names only', () => {
    const plan = {
      tensors: [{ name: 'constructor', dtype: 'F32', shape: [], role: 'trained' }],
    } as const;
    expect(codeOf(() => flattenTensors(plan, {}))).toBe('wrong-tensors');
  });

  it.each([
    ['wrong-tensors', { extra: { dtype: 'F32', shape: [], data: new Float32Array(1) } }],
    ['wrong-shape', { 'dense/bias': { dtype: 'F32', shape: [1, 3], data: new Float32Array(3) } }],
    ['size-mismatch', { 'dense/bias': { dtype: 'F32', shape: [3], data: new Float32Array(2) } }],
  ] as const)('refuse with %s what the plan does not say', (code, changes) => {
    expect(codeOf(() => flattenTensors(PLAN, changed(changes)))).toBe(code);
  });

  it('refuse a missing tensor by name', () => {
    const { 'dense/bias': _, ...rest } = unflattenTensors(PLAN, FLAT);
    expect(() => flattenTensors(PLAN, rest)).toThrow(/"dense\/bias" of the plan is missing/);
  });

  it('refuse a flattened model of another length', () => {
    expect(codeOf(() => unflattenTensors(PLAN, new Float32Array(9)))).toBe('size-mismatch');
  });
});
