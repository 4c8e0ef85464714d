const knownBy = new WeakMap<object, ReadonlyMap<string, string>>();

/**
 * The member of an object that is written like a name, but for underscores and capitals: `id_at_location`
 * finds `idAtLocation`, and `argmax` finds `argMax`.
 */
export function findAlike(name: string, object: object): string | undefined {
  // What begins otherwise is looked for by inspecting programs, and meant by nobody.
  if (!/^[A-Za-z]/.test(name)) return undefined;
  const prototype: object = Object.getPrototypeOf(object) ?? object;
  const members = knownBy.get(prototype) ?? membersOf(object);
  knownBy.set(prototype, members);
  return members.get(plain(name));
}

/** A name without underscores and capitals. */
export function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

function membersOf(object: object): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  let holder: object | null = object;
  while (holder !== null && holder !== Object.prototype) {
    for (const name of Object.getOwnPropertyNames(holder)) {
      if (name !== 'constructor' && !members.has(plain(name))) members.set(plain(name), name);
    }
    holder = Object.getPrototypeOf(holder);
  }
  for (const name of Object.getOwnPropertyNames(Object.prototype)) members.delete(plain(name));
  return members;
}
