import type { TestUpdate } from './federation.ts';

/** Σ w·δ / Σ w in float64, element by element: what the published mean is judged against. */
export function referenceMean(updates: readonly TestUpdate[], cap = 16_384): Float64Array {
  const weights = updates.map(({ exampleCount }) => Math.min(exampleCount, cap));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const elementCount = updates[0]?.delta.length ?? 0;
  return Float64Array.from({ length: elementCount }, (_, i) =>
    updates.reduce(
      (sum, { delta }, at) => sum + (Math.fround(delta[i] ?? 0) * (weights[at] ?? 0)) / total,
      0,
    ),
  );
}
