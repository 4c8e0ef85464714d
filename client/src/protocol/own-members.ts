/**
 * Members that belong to an object itself. A program may add enumerable members to `Object.prototype`,
 * as old libraries do; `in`, and zod's readers, take them for members of every object.
 */

/** Those of a union that know a member, or any object with it. */
type Owning<T, Name extends PropertyKey> = T extends unknown
  ? Name extends keyof T
    ? T
    : never
  : never;

type Owner<T, Name extends PropertyKey> = [Owning<T, Name>] extends [never]
  ? Record<Name, unknown>
  : Owning<T, Name>;

/** Whether a member is the object's own; narrows unions as `in` does. */
export function hasOwn<T extends object, Name extends PropertyKey>(
  value: T,
  name: Name,
): value is T & Owner<T, Name> {
  return Object.hasOwn(value, name);
}

/**
 * Gives what a reader of JSON shall read: the same value or, where the program added members to
 * `Object.prototype`, a copy whose plain objects inherit nothing.
 */
export function ownMembers(value: unknown): unknown {
  for (const _ in {}) return copyOf(value);
  return value;
}

/**
 * Runs a library that takes every enumerable member for an object's own, such as tfjs with the inputs
 * of a gradient. Until it returns, additions to `Object.prototype` are there and not enumerable.
 *
 * @param body - Synchronous.
 */
export function withoutAdditions<Result>(body: () => Result): Result {
  const added = Object.entries(Object.getOwnPropertyDescriptors(Object.prototype)).filter(
    ([, { enumerable, configurable }]) => enumerable && configurable,
  );
  if (added.length === 0) return body();

  const setEnumerable = (enumerable: boolean): void => {
    for (const [name] of added) Object.defineProperty(Object.prototype, name, { enumerable });
  };
  setEnumerable(false);
  try {
    return body();
  } finally {
    setEnumerable(true);
  }
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, copyOf);
  if (!isPlain(value)) return value;

  const copy = Object.create(null);
  for (const [name, member] of Object.entries(value)) copy[name] = copyOf(member);
  return copy;
}

function isPlain(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
