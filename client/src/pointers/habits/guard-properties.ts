import { ForeignNameError, PointerMisuseError } from '../misuse.ts';

/** What to say of a property that a class does not have; `undefined` for one that means nothing. */
export type Advise = (name: string, receiver: object) => string | undefined;

/** How a class is guarded. */
export interface Guard {
  /** What its objects are called: `A pointer`. */
  readonly what: string;
  readonly advise: Advise;
  /** What to say of a property that is set on an object that is frozen. @default nothing is said */
  readonly refuseSetting?: Advise | undefined;
}

/**
 * Has a class refuse properties that people expect of it from elsewhere, in a sentence that names what
 * it has instead. Behind the last prototype, so that nothing that is there becomes slower, and what
 * programs look for in any object (`then`, symbols, `toJSON`) is absent as before.
 */
export function guardProperties(kind: abstract new (...args: never) => object, guard: Guard): void {
  const last: object = Object.getPrototypeOf(kind.prototype);
  Object.setPrototypeOf(kind.prototype, guarded(last, guard));
}

/** An object that stands for `target` as a prototype and refuses what a guard has advice for. */
export function guarded(target: object, { what, advise, refuseSetting }: Guard): object {
  return new Proxy(target, {
    get(object, name, receiver) {
      if (typeof name === 'string' && !(name in object)) {
        const advice = advise(name, receiver);
        if (advice !== undefined) {
          throw new ForeignNameError(`${what} has no ${JSON.stringify(name)}; ${advice}`);
        }
      }
      return Reflect.get(object, name, receiver);
    },
    set(object, name, value, receiver) {
      if (typeof name === 'string' && !Object.isExtensible(receiver)) {
        const advice = refuseSetting?.(name, receiver);
        if (advice !== undefined) {
          throw new PointerMisuseError(`${what}'s ${JSON.stringify(name)} can't be set; ${advice}`);
        }
      }
      return Reflect.set(object, name, value, receiver);
    },
  });
}
