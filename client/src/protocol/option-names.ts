import { describeValue } from './json-fault.ts';
import { unknownName } from './nearest.ts';

/** The names of an interface's options, all of them. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

/**
 * Refuses options that nobody reads: untyped code learns that it misspelt one.
 *
 * @param owner - Whose options they are, as the message names it.
 * @throws `TypeError` for options that are no object, or naming the first unknown one.
 */
export function assertOptionNames<Options extends object>(
  owner: string,
  options: Options,
  names: OptionNames<Options>,
): void {
  const known = Object.keys(names);
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(
      `The options of ${owner} are ${describeValue(options)}, expected an object with ${known.join(', ')}`,
    );
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`${owner} ${unknownName('option', unknown, known)}`);
}
