/** Odd constants of splitmix32: the golden ratio's fraction, and two that mix every bit into every other. */
const STEP = 0x9e3779b9;
const MIX_1 = 0x21f0aaad;
const MIX_2 = 0x735a2d97;

/**
 * The seed of one random command of a plan: the next number of splitmix32.
 *
 * @param seed - Of the run; an integer from 0 to 2^32 − 1.
 * @param place - How many random commands ran before it in this run.
 * @returns an integer from 0 to 2^32 − 1.
 * @see https://github.com/skeeto/hash-prospector, for the constants
 */
export function seedAt(seed: number, place: number): number {
  let mixed = (seed + Math.imul(STEP, place + 1)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), MIX_1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), MIX_2);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
