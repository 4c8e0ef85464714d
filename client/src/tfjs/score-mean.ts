/** Means over examples, from scores of batches. */
import type { Scores } from './compiled-model.ts';

export interface ScoreMean {
  add(scores: Scores, exampleCount: number): void;
  readonly exampleCount: number;
  /** Weighted by examples; NaN if any batch's was. */
  mean(): Record<string, number>;
}

/** An empty mean. */
export function scoreMean(): ScoreMean {
  const sums = new Map<string, number>();
  let total = 0;
  return {
    add(scores, exampleCount) {
      total += exampleCount;
      for (const [name, score] of Object.entries(scores))
        sums.set(name, (sums.get(name) ?? 0) + score * exampleCount);
    },
    get exampleCount() {
      return total;
    },
    mean: () => Object.fromEntries([...sums].map(([name, sum]) => [name, sum / total])),
  };
}
