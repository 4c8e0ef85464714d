/** Largest share of a word that may be wrong for a guess. */
const WRONG_SHARE_MAX = 0.4;

/** Longer names may be anything; only their beginning is told. */
const SHOWN_LENGTH_MAX = 40;

/** What is wrong with a name that none of the known ones is, in words. */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  const guess = nearest(name, known);
  const meant = guess === undefined ? '' : `, perhaps meant for ${JSON.stringify(guess)}`;
  const shown = JSON.stringify(name.slice(0, SHOWN_LENGTH_MAX));
  return `got the unknown ${kind} ${shown}${meant}; expected one of ${known.join(', ')}`;
}

/** The candidate that is most like `word`, unless none is like it. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  if (best === undefined) return undefined;
  const length = Math.max(word.length, best.candidate.length);
  return best.distance <= length * WRONG_SHARE_MAX ? best.candidate : undefined;
}

/**
 * Letters to insert, delete, replace or swap with their neighbour to turn one word into the other.
 *
 * @see https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance, optimal string alignment
 */
export function editDistance(source: string, target: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: target.length + 1 }, (_, j) => j);
  for (let i = 1; i <= source.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= target.length; j += 1) {
      const isSame = source[i - 1] === target[j - 1];
      const isSwap = source[i - 1] === target[j - 2] && source[i - 2] === target[j - 1];
      row[j] = Math.min(
        (row[j - 1] ?? 0) + 1,
        (last[j] ?? 0) + 1,
        (last[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwap ? (beforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [beforeLast, last] = [last, row];
  }
  return last[target.length] ?? 0;
}
