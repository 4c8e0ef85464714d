/**
 * Has classes refuse, in a sentence that helps, what people expect of them from elsewhere: names that they
 * do not have, methods without their object, and arguments that would be ignored.
 */
import { countArguments, PointerMisuseError } from '../misuse.ts';
import { isProbed } from './probed-names.ts';
import { suggestName } from './suggest-name.ts';

/** What to say of a property; `undefined` when there is nothing particular to say. */
export type Advise = (name: string, receiver: object) => string | undefined;

/** How objects of one kind are guarded. */
export interface Guard {
  /** What such an object is called: `A pointer`. */
  readonly what: string;
  /** What to do instead, by the name that people know from elsewhere. */
  readonly advice: Readonly<Record<string, string>>;
  /** Advice that a rule gives, and no table. @default none */
  readonly advise?: Advise | undefined;
  /** What to say of a name that is like no other. */
  readonly otherwise: string;
  /** What to say of a property that is set and not there. @default it is set, as ever */
  readonly refuseSetting?: Advise | undefined;
  /** The highest count of arguments of each method that has one, and perhaps what to do instead. */
  readonly takes?: Readonly<Record<string, readonly [count: number, advice?: string]>> | undefined;
}

type Kind = abstract new (...args: never) => object;
type Method = (this: unknown, ...args: readonly unknown[]) => unknown;

/** Methods that JavaScript calls itself, with arguments of its choice. */
const CALLED_BY_LANGUAGE: ReadonlySet<string> = new Set(['constructor', 'toJSON', 'toString']);

/** Guards by the prototype of the class that they guard. */
const guards = new WeakMap<object, Guard>();

/** Last prototypes that refuse already. */
const refusing = new WeakSet<object>();

/**
 * Guards a class and those that extend it, unless they have a guard of their own. Names are refused
 * behind the last prototype, so that nothing that is there becomes slower, and `in` and `Object.keys`
 * say what they said before.
 */
export function guard(kind: Kind, spec: Guard): void {
  guards.set(kind.prototype, spec);
  guardMethods(kind.prototype, spec);

  let last: object = kind.prototype;
  for (
    let next = parentOf(last);
    next !== null && next !== Object.prototype;
    next = parentOf(last)
  ) {
    if (refusing.has(next)) return;
    last = next;
  }
  const wall = new Proxy(Object.prototype, refusals(guardOf));
  refusing.add(wall);
  Object.setPrototypeOf(last, wall);
}

/** Guards one object that has no prototype. */
export function guardObject(object: object, spec: Guard): void {
  Object.setPrototypeOf(
    object,
    new Proxy(
      Object.create(null) as object,
      refusals(() => spec),
    ),
  );
}

/** Has the methods of an object work without it: `const { plan } = hook`. */
export function bindMethods(object: object): void {
  let prototype = parentOf(object);
  while (prototype !== null && prototype !== Object.prototype && !refusing.has(prototype)) {
    for (const name of methodNames(prototype)) {
      if (Object.hasOwn(object, name)) continue;
      const value = (Reflect.get(object, name) as Method).bind(object);
      Object.defineProperty(object, name, { value, configurable: true, writable: true });
    }
    prototype = parentOf(prototype);
  }
}

/** What is refused of the calls of one method. */
interface CallLimits {
  readonly name: string;
  /** What its object is called. */
  readonly what: string;
  /** Highest count of arguments. @default any */
  readonly most?: number | undefined;
  /** What to do instead of giving more. */
  readonly advice?: string | undefined;
}

/**
 * A method that is not called without its object, nor with arguments that it would ignore.
 *
 * @param isOwner - True for objects that have the method.
 */
export function guardedMethod(
  { name, what, most, advice }: CallLimits,
  isOwner: (value: unknown) => boolean,
  method: Method,
): Method {
  return function guarded(this: unknown, ...args) {
    if (!isOwner(this)) {
      throw new PointerMisuseError(
        `${name}() was called without its object, expected ${what.toLowerCase()} before the dot; write x.${name}(…), or (…args) => x.${name}(…args) where a function is wanted`,
      );
    }
    if (most !== undefined && args.length > most) {
      throw new PointerMisuseError(
        `${name}() got ${countArguments(args.length)}, it takes at most ${most}; ${advice ?? 'leave the others out'}`,
      );
    }
    return Reflect.apply(method, this, args);
  };
}

function guardMethods(prototype: object, { what, takes = {} }: Guard): void {
  const isOwner = (value: unknown) =>
    typeof value === 'object' &&
    value !== null &&
    Object.prototype.isPrototypeOf.call(prototype, value);
  for (const name of methodNames(prototype)) {
    const [most, advice] = Object.hasOwn(takes, name) ? (takes[name] ?? []) : [];
    const limits = { name, what, most, advice };
    const value = guardedMethod(limits, isOwner, Reflect.get(prototype, name) as Method);
    Object.defineProperty(value, 'name', { value: name, configurable: true });
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
  }
}

/** Names of the methods that programs call. */
function methodNames(prototype: object): string[] {
  return Object.getOwnPropertyNames(prototype).filter(
    (name) =>
      !CALLED_BY_LANGUAGE.has(name) &&
      typeof Object.getOwnPropertyDescriptor(prototype, name)?.value === 'function',
  );
}

function refusals(find: (receiver: object) => Guard | undefined): ProxyHandler<object> {
  return {
    get(target, name, receiver) {
      const spec = typeof name === 'string' && !(name in target) ? find(receiver) : undefined;
      const advice = spec && adviceFor(spec, name as string, receiver);
      if (advice === undefined) return Reflect.get(target, name, receiver);
      throw new PointerMisuseError(`${spec?.what} has no ${JSON.stringify(name)}; ${advice}`);
    },
    set(target, name, value, receiver) {
      const spec = typeof name === 'string' && !(name in target) ? find(receiver) : undefined;
      const advice = spec?.refuseSetting?.(name as string, receiver);
      if (advice === undefined) return Reflect.set(target, name, value, receiver);
      throw new PointerMisuseError(
        `${spec?.what}'s ${JSON.stringify(name)} can't be set; ${advice}`,
      );
    },
  };
}

/** What to say of a name; `undefined` for one that programs look for in any object. */
function adviceFor(spec: Guard, name: string, receiver: object): string | undefined {
  const particular = particularAdvice(spec, name, receiver);
  if (particular !== undefined) return particular;
  if (isProbed(name)) return undefined;
  const alike = suggestName(name, receiver);
  return alike === undefined ? spec.otherwise : `write ${alike}`;
}

/** What a table or rule says of a name. */
export function particularAdvice(
  { advice, advise }: Guard,
  name: string,
  receiver: object,
): string | undefined {
  return Object.hasOwn(advice, name) ? advice[name] : advise?.(name, receiver);
}

/** The guard of an object's class; none for prototypes, which may be asked for anything. */
function guardOf(receiver: object): Guard | undefined {
  if (Object.hasOwn(receiver, 'constructor')) return undefined;
  let prototype = parentOf(receiver);
  while (prototype !== null && !refusing.has(prototype)) {
    const found = guards.get(prototype);
    if (found !== undefined) return found;
    prototype = parentOf(prototype);
  }
  return undefined;
}

function parentOf(object: object): object | null {
  return Object.getPrototypeOf(object) as object | null;
}
