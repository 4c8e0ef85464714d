/** Draws the seed of a random operation: 32 random bits. */
export function drawSeed(): number {
  const [seed] = crypto.getRandomValues(new Uint32Array(1));
  return seed as number;
}
