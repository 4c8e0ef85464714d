import { describeValue } from '../protocol/json-fault.ts';
import { PointerMisuseError } from './misuse.ts';
import type { RemoteObject } from './remote-object.ts';

/** Releases the objects of pointers that the program has lost. */
const collected = new FinalizationRegistry<RemoteObject>((object) => object.release());

/** Something that can be given up before it is collected. */
export interface Disposable {
  /** What it keeps alive as long as it lives. */
  readonly parts: readonly Disposable[];
  dispose(): void;
}

/** Has an object released when `pointer` is collected. */
export function releaseWhenCollected(pointer: object, object: RemoteObject): void {
  collected.register(pointer, object, pointer);
}

/** The counterpart of {@link releaseWhenCollected}, for a pointer that is given up on purpose. */
export function forget(pointer: object): void {
  collected.unregister(pointer);
}

/** The pointers made while a function runs, one set for each level of nesting. */
export class TidyScopes {
  readonly #scopes: Set<Disposable>[] = [];

  /** Notes a new pointer in the innermost scope. */
  add(pointer: Disposable): void {
    this.#scopes.at(-1)?.add(pointer);
  }

  /**
   * Runs a function and disposes every pointer it made and doesn't return, however deep inside
   * arrays, objects, maps and sets.
   *
   * @throws TypeError when the function is asynchronous: its pointers would be disposed before it
   * has used them.
   */
  tidy<T>(body: () => T): T {
    if (typeof body !== 'function') {
      throw new PointerMisuseError(
        `tidy() got ${describeValue(body)}, expected a function; write hook.tidy(() => …)`,
      );
    }
    const scope = new Set<Disposable>();
    this.#scopes.push(scope);
    let result: T | undefined;
    try {
      result = body();
      if (isThenable(result)) {
        throw new PointerMisuseError(
          'tidy() got an asynchronous function, expected one that returns at once; await inside would come after the clean-up',
        );
      }
      return result;
    } finally {
      this.#scopes.pop();
      const kept = new Set<unknown>();
      collect(isThenable(result) ? undefined : result, kept);
      for (const pointer of scope) {
        if (kept.has(pointer)) this.add(pointer);
        else pointer.dispose();
      }
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

/** Everything that an object shows of what is inside it. */
function collect(value: unknown, into: Set<unknown>): void {
  if (typeof value !== 'object' || value === null || into.has(value)) return;
  into.add(value);
  for (const inner of contentsOf(value)) collect(inner, into);
}

function contentsOf(value: object): readonly unknown[] {
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof Set) return [...value];
  if (ArrayBuffer.isView(value)) return [];
  // Of a pointer, what goes with it; of an instance of any other class, what it shows.
  const isPointer = 'parts' in value && 'dispose' in value && Array.isArray(value.parts);
  return isPointer ? (value.parts as unknown[]) : Object.values(value);
}
