/** Seeded randomness: same seed, same sequence, on every engine. */

/** Uniform numbers, 0 ≤ x < 1, in steps of 2^-32. */
export type Random = () => number;

/** Bits stirred so that neighbouring words give unrelated results (the finaliser of MurmurHash3). */
function stir(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** One 32-bit seed from several numbers; order matters. */
export function mixSeeds(...seeds: readonly number[]): number {
  return seeds.reduce((mixed, seed) => {
    const high = Math.floor(seed / 2 ** 32);
    return stir(stir(Math.imul(mixed, 31) + (seed >>> 0) + 0x9e3779b9) + high);
  }, 0);
}

/**
 * The generator sfc32, started from one 32-bit seed.
 *
 * @see PractRand, Chris Doty-Humphrey: "Small Fast Counting", 32 bits
 */
export function seededRandom(seed: number): Random {
  let [a, b, c, counter] = [0, stir(seed >>> 0), seed | 0, 1];
  const next = (): number => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return (result >>> 0) / 2 ** 32;
  };
  // The state is this short of well mixed at the start.
  for (let i = 0; i < 12; i++) next();
  return next;
}

/** A permutation of 0 … `count` − 1 (Fisher–Yates). */
export function shuffledIndices(count: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const held = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = held;
  }
  return order;
}

/**
 * Runs `compute` with `Math.random` taken from `random`. Dropout and noise layers without a seed of
 * their own draw from it, so this is the only way to make them repeatable. Since `compute` is
 * synchronous, no other code sees the change.
 */
export function withMathRandom<T>(random: Random, compute: () => T): T {
  const original = Math.random;
  Math.random = random;
  try {
    return compute();
  } finally {
    Math.random = original;
  }
}
