import type { TensorOperation } from '../protocol/index.ts';

/** Gives the results of an operation the form that TensorFlow.js gives them. */
export function arrangeResults<T>(
  { outputs }: TensorOperation,
  results: readonly T[],
): T | readonly T[] | Readonly<Record<string, T>> {
  if (outputs === 'one') return results[0] as T;
  if (outputs === 'list' || outputs === 'pair') return results;
  return Object.fromEntries(outputs.map((name, index) => [name, results[index] as T]));
}
