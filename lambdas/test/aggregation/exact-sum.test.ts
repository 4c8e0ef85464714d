import { MODEL_ELEMENTS_MAX } from '@tributary/client/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  BLOCK_ELEMENT_COUNT_MAX,
  createExactSum,
  type ExactSum,
  SUM_ELEMENT_COUNT_MAX,
} from '../../src/aggregation/exact-sum.ts';
import { fractionBitsFor } from '../../src/aggregation/fixed-point.ts';
import { float32Bytes, largestBelow } from './float32.ts';

const ARITHMETIC = { deltaBoundLog2: 3, fractionBits: 40 };

const of = (values: readonly number[], weight = 1) => ({ bytes: float32Bytes(values), weight });

/** A copy of what a sum would merge. */
const witnessed = (sum: ExactSum) => ({
  sums: sum.sums().slice(),
  witnesses: sum.witnesses().slice(),
});

function sumOf(elementCount: number, options = {}): ExactSum {
  return createExactSum({ ...ARITHMETIC, elementCount, ...options });
}

describe.each(['wasm', 'reference'] as const)('an exact sum on the %s kernel', (kernel) => {
  // F02
  it.each([
    { groups: [[1, 2, 3], [4, 5, 6], [7]] },
    { groups: [[7, 3, 1], [2, 6, 5], [4]] },
    { groups: [[1, 2, 3, 4, 5, 6, 7]] },
    { groups: [[7, 6, 5, 4, 3, 2, 1]] },
  ])('weighs every device by its own count, in groups $groups', ({ groups }) => {
    const total = sumOf(2, { kernel });
    for (const group of groups) {
      const partial = sumOf(2, { kernel });
      partial.add(
        0,
        group.map((i) => of([i, i], i)),
      );
      total.addSums(0, witnessed(partial));
    }
    expect([...total.mean(0, 2, 28)]).toEqual([5, 5]);
    const inOneGo = sumOf(2, { kernel });
    inOneGo.add(
      0,
      [1, 2, 3, 4, 5, 6, 7].map((i) => of([i, i], i)),
    );
    expect(total.sums()).toEqual(inOneGo.sums());
  });

  it('adds nothing of a refused contribution and all of the others, whichever block is bad', () => {
    const good = [1, 2, 3, 4, 5, 6, 7];
    const withBad = (element: number, value: number) =>
      good.map((x, i) => (i === element ? value : x));
    const alone = sumOf(7, { kernel, blockElementCount: 2 });
    alone.add(0, [of(good, 3), of(good, 5), of(good, 7)]);
    for (let element = 0; element < 7; element += 1) {
      const mixed = sumOf(7, { kernel, blockElementCount: 2 });
      const outcomes = mixed.add(0, [
        of(withBad(element, Number.NaN), 11),
        of(good, 3),
        of(withBad(element, Number.NEGATIVE_INFINITY), 13),
        of(withBad(element, -8), 17),
        of(good, 5),
        of(withBad(element, 8), 19),
        of(good, 7),
      ]);
      expect(outcomes).toEqual([
        'non-finite',
        'added',
        'non-finite',
        'out-of-bounds',
        'added',
        'out-of-bounds',
        'added',
      ]);
      expect(mixed.sums()).toEqual(alone.sums());
    }
  });

  it('takes back the same bad bytes once for each time they were given', () => {
    const bad = of([1, 1, 1, Number.NaN], 9);
    const sum = sumOf(4, { kernel, blockElementCount: 1 });
    expect(sum.add(0, [bad, bad, bad])).toEqual(['non-finite', 'non-finite', 'non-finite']);
    expect(sum.sums().every((byte) => byte === 0)).toBe(true);
  });

  it('calls a contribution non-finite if any value is, whatever else is wrong and wherever', () => {
    const sum = sumOf(3, { kernel, blockElementCount: 1 });
    expect(sum.add(0, [of([9, 0, Number.NaN]), of([9, 0, 0])])).toEqual([
      'non-finite',
      'out-of-bounds',
    ]);
  });

  it('takes back with a negative weight exactly what was added', () => {
    const sum = sumOf(3, { kernel });
    const values = [1.1, -2.2, largestBelow(3)];
    sum.add(0, [of(values, 200), of([0.1, 0.2, 0.3], 7)]);
    sum.add(0, [of(values, -200)]);
    const never = sumOf(3, { kernel });
    never.add(0, [of([0.1, 0.2, 0.3], 7)]);
    expect(sum.sums()).toEqual(never.sums());
  });

  it('has a witness a block, which whatever is added, merged or taken back passes too', () => {
    const sum = sumOf(7, { kernel, blockElementCount: 3 });
    const values = [1, 2, 3, 4, 5, 6, 7];
    expect(sum.weighs(0)).toBe(true);
    sum.add(0, [of(values, 3), of(values.with(4, Number.NaN), 11), of(values, 5)]);
    expect(sum.weighs(8)).toBe(true);
    expect([...new BigInt64Array(sum.witnesses().slice().buffer)]).toEqual(
      [8n, 8n, 8n].map((weight) => weight << 42n),
    );
    sum.addSums(0, witnessed(sum));
    expect(sum.weighs(16)).toBe(true);
    sum.add(0, [of(values, -5)]);
    expect(sum.weighs(11)).toBe(true);
    expect(sum.weighs(12)).toBe(false);
  });

  it.each([0, 3, 6])('sees that block of element %i alone got more', (element) => {
    const sum = sumOf(7, { kernel, blockElementCount: 3 });
    sum.add(0, [of([1, 2, 3, 4, 5, 6, 7])]);
    sum.add(element, [of(new Array<number>(Math.min(3, 7 - element)).fill(0), 2)]);
    expect([1, 2, 3].some((weight) => sum.weighs(weight))).toBe(false);
  });

  it('reads bytes at any alignment and leaves them as they were', () => {
    const carrier = new Uint8Array(1 + 12);
    carrier.set(float32Bytes([1, 2, 3]), 1);
    const before = carrier.slice();
    const sum = sumOf(3, { kernel });
    expect(sum.add(0, [{ bytes: carrier.subarray(1), weight: 2 }])).toEqual(['added']);
    expect([...sum.mean(0, 3, 2)]).toEqual([1, 2, 3]);
    expect(carrier).toEqual(before);
    const shifted = new Uint8Array(1 + 24);
    shifted.set(sum.sums(), 1);
    sum.addSums(0, { sums: shifted.subarray(1), witnesses: sum.witnesses().slice() });
    expect([...sum.mean(0, 3, 4)]).toEqual([1, 2, 3]);
    const bad = carrier.slice();
    bad.set(float32Bytes([Number.NaN]), 9);
    expect(sum.add(0, [{ bytes: bad.subarray(1), weight: 2 }])).toEqual(['non-finite']);
  });

  it('adds, merges and divides at an offset and leaves the rest alone', () => {
    const sum = sumOf(6, { kernel, blockElementCount: 1 });
    sum.add(2, [of([1, 2, 3])]);
    expect([...sum.mean(0, 6, 1)]).toEqual([0, 0, 1, 2, 3, 0]);
    sum.addSums(3, { ...witnessed(sum), sums: sum.sums().slice(16, 32) });
    expect([...sum.mean(0, 6, 1)]).toEqual([0, 0, 1, 3, 5, 0]);
    expect([...sum.mean(3, 2, 2)]).toEqual([1.5, 2.5]);
  });

  it.each([0, 7, 24])(
    'holds a round at its capacity, N·W = 2^53 at W = 2^%i, without overflow',
    (weightLog2) => {
      const weightMax = 2 ** weightLog2;
      const membersMax = 2 ** (53 - weightLog2);
      const fractionBits = fractionBitsFor({ deltaBoundLog2: 3, weightMax, membersMax });
      const edge = largestBelow(3);
      const sum = sumOf(2, { kernel, fractionBits });
      sum.add(0, [of([edge, -edge], weightMax)]);
      for (let members = 1; members < membersMax; members *= 2) {
        sum.addSums(0, witnessed(sum));
      }
      const largest = BigInt(membersMax) * BigInt(Math.round(edge * weightMax * 2 ** fractionBits));
      expect(largest > 2n ** 62n - 2n ** 39n && largest <= 2n ** 62n).toBe(true);
      expect([...new BigInt64Array(sum.sums().slice().buffer)]).toEqual([largest, -largest]);
      const mean = Number(largest) / 2 ** 53 / 2 ** fractionBits;
      expect([...sum.mean(0, 2, 2 ** 53)]).toEqual([mean, -mean]);
    },
  );

  it('is nothing at no elements, and of no contributions', () => {
    const sum = sumOf(0, { kernel });
    expect(sum.add(0, [of([])])).toEqual(['added']);
    expect(sum.add(0, [])).toEqual([]);
    expect(sum.sums()).toHaveLength(0);
    expect(sum.mean(0, 0, 1)).toHaveLength(0);
  });
});

describe('an exact sum refuses', () => {
  it.each([
    { elementCount: -1, says: /Exact sum of -1, expected/ },
    { elementCount: 1.5, says: /Exact sum of 1.5, expected/ },
    { elementCount: SUM_ELEMENT_COUNT_MAX + 1, says: /Exact sum of 532676609, expected/ },
    { blockElementCount: 0, says: /Block of 0, expected/ },
    { blockElementCount: BLOCK_ELEMENT_COUNT_MAX + 1, says: /Block of 1048577, expected/ },
    { fractionBits: 49, says: /Fraction bits 49, expected an integer from 6 to 48/ },
    { fractionBits: 5, says: /Fraction bits 5, expected an integer from 6 to 48/ },
    { deltaBoundLog2: 21, says: /Delta bound 2\^21, expected/ },
  ])('settings that $says', ({ says, ...options }) => {
    expect(() => sumOf(3, options)).toThrow(says);
  });

  it.each([0, 0.5, 2 ** 24 + 1, -(2 ** 24) - 1, Number.NaN])('a weight of %d', (weight) => {
    expect(() => sumOf(1).add(0, [of([1], weight)])).toThrow(/Weight .*, expected/);
  });

  it('a weight whose products could be inexact', () => {
    const sum = sumOf(1, { fractionBits: 40 });
    expect(sum.add(0, [of([1], 256)])).toEqual(['added']);
    expect(() => sum.add(0, [of([1], 257)])).toThrow(/Weight 257, expected at most 256/);
    expect(() => sum.add(0, [of([1], -257)])).toThrow(/Weight -257, expected at most 256/);
  });

  it('elements it does not have', () => {
    const sum = sumOf(3);
    expect(() => sum.add(1, [of([1, 2, 3])])).toThrow(/Elements 1 to 4, expected/);
    expect(() => sum.add(-1, [of([1])])).toThrow(/Elements -1 to 0, expected/);
    expect(() => sum.addSums(3, { ...witnessed(sum), sums: new Uint8Array(8) })).toThrow(
      /Elements 3 to 4, expected/,
    );
    expect(() => sum.mean(0, 4, 1)).toThrow(/Elements 0 to 4, expected/);
    expect(() => sum.mean(0.5, 1, 1)).toThrow(/Elements 0.5 to 1.5, expected/);
  });

  it('bytes that are no whole elements, or of different lengths', () => {
    const sum = sumOf(3);
    expect(() => sum.add(0, [{ bytes: new Uint8Array(5), weight: 1 }])).toThrow(
      /5 bytes, expected a multiple of 4/,
    );
    expect(() => sum.add(0, [of([1]), of([1, 2])])).toThrow(/8 and 4 bytes/);
    expect(() => sum.addSums(0, { ...witnessed(sum), sums: new Uint8Array(12) })).toThrow(
      /12 bytes, expected a multiple of 8/,
    );
    expect(() => sum.addSums(0, { ...witnessed(sum), witnesses: new Uint8Array(16) })).toThrow(
      /Witnesses of 16 bytes, expected 8/,
    );
    expect(sum.sums().every((byte) => byte === 0)).toBe(true);
  });

  // F01
  it.each([0, -1, 0.5, 2 ** 53 + 2, Number.NaN])(
    'to divide by a total weight of %d',
    (totalWeight) => {
      expect(() => sumOf(1).mean(0, 1, totalWeight)).toThrow(/Total weight of .*, expected/);
    },
  );
});

describe('the memory of exact sums', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('is used again after release, zeroed, by sums of any size up to it', () => {
    const first = sumOf(50_000);
    first.add(0, [of(new Array<number>(50_000).fill(1))]);
    const { buffer } = first.sums();
    first.release();
    first.release();
    for (const elementCount of [50_000, 7, 20_000]) {
      const next = sumOf(elementCount);
      expect(next.sums().buffer).toBe(buffer);
      expect(next.sums().every((byte) => byte === 0)).toBe(true);
      next.add(0, [of(new Array<number>(elementCount).fill(-7))]);
      next.release();
    }
  });

  it('is not shared by sums that live at the same time', () => {
    const first = sumOf(3);
    const second = sumOf(3);
    first.add(0, [of([1, 2, 3])]);
    second.add(0, [of([4, 5, 6])]);
    expect([...first.mean(0, 3, 1)]).toEqual([1, 2, 3]);
    first.release();
    const third = sumOf(3);
    third.add(0, [of([7, 7, 7])]);
    expect([...second.mean(0, 3, 1)]).toEqual([4, 5, 6]);
    second.release();
    third.release();
  });

  it('can not be used after release', () => {
    const sum = sumOf(1);
    sum.release();
    const uses = [
      () => sum.add(0, [of([1])]),
      () => sum.addSums(0, { sums: new Uint8Array(8), witnesses: new Uint8Array(8) }),
      () => sum.witnesses(),
      () => sum.weighs(0),
      () => sum.sums(),
      () => sum.mean(0, 1, 1),
    ];
    for (const use of uses) {
      expect(use).toThrow('Exact sum was released; create another');
    }
  });

  it('reaches just below 4 GiB, which a whole model fits', () => {
    expect(SUM_ELEMENT_COUNT_MAX).toBeGreaterThan(MODEL_ELEMENTS_MAX);
    const sum = sumOf(SUM_ELEMENT_COUNT_MAX, { blockElementCount: BLOCK_ELEMENT_COUNT_MAX });
    const last = SUM_ELEMENT_COUNT_MAX - 3;
    const middle = 2 ** 28 - 2;
    for (const elementOffset of [last, middle]) {
      sum.add(elementOffset, [of([1, 2, 3])]);
      const sums = sum.sums().slice(elementOffset * 8, (elementOffset + 2) * 8);
      sum.addSums(elementOffset + 1, { ...witnessed(sum), sums });
      expect([...sum.mean(elementOffset, 3, 1)]).toEqual([1, 3, 5]);
    }
    expect(sum.sums()).toHaveLength(SUM_ELEMENT_COUNT_MAX * 8);
    // 4 GiB are written several times, on a machine that may be busy.
  }, 300_000);

  it('that the process can not have is an error that says what to do', () => {
    vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
      throw new RangeError('no memory');
    });
    const attempt = () => sumOf(2 ** 22);
    expect(attempt).toThrow(/needs 34603524 bytes .* more shards/);
    expect(attempt).toThrow(
      expect.objectContaining({ code: 'out-of-memory', cause: expect.any(RangeError) }),
    );
  });
});
