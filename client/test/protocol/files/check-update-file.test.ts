import { encodeUpdate, unflattenTensors } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { checkUpdateFile } from '../../../src/protocol/files/check-update-file.ts';
import { DEVICE, FLAT, PLAN } from '../samples.ts';

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

  it('warns of numbers in the wrong byte order, also where they are all within bounds', () => {
    const file = swapped(fileOf(new Float32Array(10).fill(0.5)), 10);
    expect(checkUpdateFile(file, PLAN)).toMatchObject({
      kind: 'valid',
      warnings: [expect.stringContaining('look big-endian')],
    });
  });
});
