import { editDistance } from '../../protocol/nearest.ts';

/** Members for the project's own use; never suggested. */
const INTERNAL: ReadonlySet<string> = new Set([
  'actions',
  'another',
  'assertUsable',
  'constructor',
  'form',
  'giveAway',
  'kept',
  'localOperation',
  'localTf',
  'object',
  'parts',
  'queue',
  'register',
  'runFor',
  'sameWorker',
  'scopes',
  'takeAlong',
  'target',
  'throwIfDisposed',
  'trace',
  'tracer',
]);

/** Letters of a name for one that may be wrong: `sqaure` is `square`, but `zip` is not `min`. */
const LETTERS_PER_FAULT = 4;

const knownBy = new WeakMap<object, ReadonlyMap<string, string>>();

/**
 * The member of an object that a name was meant for: the same but for underscores and capitals, as
 * `id_at_location` for `idAtLocation`, or but for a slip of the fingers.
 */
export function suggestName(name: string, object: object): string | undefined {
  const prototype: object = Object.getPrototypeOf(object) ?? object;
  const members = knownBy.get(prototype) ?? membersOf(object);
  knownBy.set(prototype, members);

  const word = plainName(name);
  return members.get(word) ?? nearestIn(members, word);
}

/** A name without underscores and capitals. */
export function plainName(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

/** The value whose key is least unlike a word, if one is like it. */
export function nearestIn(names: ReadonlyMap<string, string>, word: string): string | undefined {
  const faultsMax = Math.floor(word.length / LETTERS_PER_FAULT);
  let [best, fewest]: [string | undefined, number] = [undefined, faultsMax + 1];
  for (const [key, name] of names) {
    if (Math.abs(key.length - word.length) >= fewest) continue;
    const faults = editDistance(word, key);
    if (faults < fewest) [best, fewest] = [name, faults];
  }
  return best;
}

function membersOf(object: object): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  let holder: object | null = object;
  while (holder !== null && holder !== Object.prototype) {
    for (const name of Object.getOwnPropertyNames(holder)) {
      const isMeant = !INTERNAL.has(name) && !Object.hasOwn(Object.prototype, name);
      if (isMeant && !members.has(plainName(name))) members.set(plainName(name), name);
    }
    holder = Object.getPrototypeOf(holder);
  }
  return members;
}
