/** Tensors within arrays and plain objects: what functions take and give besides single tensors. */

/** The leaves of a structure, in order; arrays and plain objects are looked into. */
export function leavesOf(structure: unknown): unknown[] {
  return isBranch(structure) ? Object.values(structure).flatMap(leavesOf) : [structure];
}

/** A structure of the same form with other leaves; inverse of {@link leavesOf}. */
export function withLeaves(structure: unknown, leaves: readonly unknown[]): unknown {
  return rebuild(structure, leaves[Symbol.iterator]());
}

/** A structure of the same form with each leaf replaced. */
export function mapLeaves(structure: unknown, map: (leaf: unknown) => unknown): unknown {
  return withLeaves(structure, leavesOf(structure).map(map));
}

/** A text that two structures share if they have the same form, and leaves of the same texts. */
export function describeStructure(
  structure: unknown,
  describeLeaf: (leaf: unknown) => string,
): string {
  if (!isBranch(structure)) return describeLeaf(structure);
  if (Array.isArray(structure)) {
    return `[${structure.map((item) => describeStructure(item, describeLeaf)).join()}]`;
  }
  const members = Object.entries(structure).map(
    ([key, item]) => `${JSON.stringify(key)}:${describeStructure(item, describeLeaf)}`,
  );
  return `{${members.join()}}`;
}

/** True for arrays and plain objects; other objects are leaves. */
export function isBranch(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

function rebuild(structure: unknown, leaves: Iterator<unknown>): unknown {
  if (!isBranch(structure)) return leaves.next().value;
  if (Array.isArray(structure)) return structure.map((item) => rebuild(item, leaves));
  const entries = Object.entries(structure);
  return Object.fromEntries(entries.map(([key, item]) => [key, rebuild(item, leaves)]));
}
