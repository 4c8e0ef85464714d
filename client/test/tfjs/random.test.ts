import { mixSeeds, seededRandom, shuffledIndices } from '@tributary/client/tfjs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { withMathRandom } from '../../src/tfjs/random.ts';

const seed = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

it('a seed fixes its sequence, for ever', () => {
  const random = seededRandom(42);
  expect([random(), random(), random()].map((x) => x * 2 ** 32)).toMatchInlineSnapshot(`
    [
      4016616345,
      135292727,
      3726980657,
    ]
  `);
});

it('numbers are uniform in 0 ≤ x < 1', () => {
  fc.assert(
    fc.property(seed, (s) => {
      const random = seededRandom(s);
      const buckets = new Array<number>(10).fill(0);
      for (let i = 0; i < 5000; i++) {
        const x = random();
        expect(x >= 0 && x < 1).toBe(true);
        const bucket = Math.floor(x * 10);
        buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      }
      // 500 expected in each, standard deviation 21: seven of them.
      for (const count of buckets) expect(Math.abs(count - 500)).toBeLessThan(150);
    }),
    { numRuns: 20 },
  );
});

it('shuffling is a permutation that its seed fixes', () => {
  fc.assert(
    fc.property(fc.nat(300), seed, (count, s) => {
      const order = shuffledIndices(count, seededRandom(s));
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      expect(shuffledIndices(count, seededRandom(s))).toEqual(order);
    }),
  );
  expect(shuffledIndices(100, seededRandom(1))).not.toEqual(shuffledIndices(100, seededRandom(2)));
});

it('mixed seeds differ with every part, its order and its high bits', () => {
  fc.assert(
    fc.property(seed, seed, (a, b) => {
      fc.pre(a !== b);
      expect(mixSeeds(a, b)).not.toBe(mixSeeds(b, a));
      expect(mixSeeds(a, a)).not.toBe(mixSeeds(a, b));
    }),
  );
  expect(mixSeeds(1)).not.toBe(mixSeeds(1 + 2 ** 32));
  expect(mixSeeds(1, 0)).not.toBe(mixSeeds(1));
});

it('a failure inside gives Math.random back', () => {
  const { random } = Math;
  expect(() =>
    withMathRandom(seededRandom(1), () => {
      expect(Math.random).not.toBe(random);
      throw new Error('inside');
    }),
  ).toThrow('inside');
  expect(Math.random).toBe(random);
});
