/** Updates of property tests: what is added to a sum, and in which groups. */
import fc from 'fast-check';
import { float32Bytes } from './float32.ts';

/** One device's values and their weight. */
export interface Update {
  readonly values: readonly number[];
  readonly weight: number;
}

/** What a sum takes; −1 takes the same updates back. */
export const contributionsOf = (
  updates: readonly Update[],
  sign = 1,
): { readonly bytes: Uint8Array; readonly weight: number }[] =>
  updates.map(({ values, weight }) => ({ bytes: float32Bytes(values), weight: sign * weight }));

export const totalWeightOf = ({ updates }: { readonly updates: readonly Update[] }): number =>
  updates.reduce((total, { weight }) => total + weight, 0);

/** A round, its updates in any order, to be added in groups by a sum of any blocks. */
export interface Grouping<Round> {
  readonly round: Round;
  readonly order: readonly Update[];
  readonly groupSize: number;
  readonly blockElementCount: number;
}

export const groupingOf = <Round extends { readonly updates: readonly Update[] }>(
  round: Round,
): fc.Arbitrary<Grouping<Round>> =>
  fc.record({
    round: fc.constant(round),
    order: fc.shuffledSubarray([...round.updates], { minLength: round.updates.length }),
    groupSize: fc.integer({ min: 1, max: 5 }),
    blockElementCount: fc.integer({ min: 1, max: 9 }),
  });

/** The order of a grouping, cut into its groups. */
export function groupsOf({ order, groupSize }: Grouping<unknown>): readonly (readonly Update[])[] {
  const count = Math.ceil(order.length / groupSize);
  return Array.from({ length: count }, (_, index) =>
    order.slice(index * groupSize, (index + 1) * groupSize),
  );
}

/** Updates of which one element is another value. */
export const withElement = (
  updates: readonly Update[],
  at: number,
  value: number,
): readonly Update[] =>
  updates.map(({ values, weight }) => ({
    values: values.map((kept, element) => (element === at ? value : kept)),
    weight,
  }));
