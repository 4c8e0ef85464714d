/** Arguments and options that several commands take. */
import { Argument, InvalidArgumentError } from '@commander-js/extra-typings';
import { isModelName, MODEL_NAME_LENGTH_MAX } from '../protocol/index.ts';

/** Reads a whole number of at least `min`. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^[0-9]{1,15}$/.test(text) && value >= min) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min}.`);
  };
}

/** Reads a decimal number of at least `min`. */
export function decimalNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^[0-9]{1,15}(\.[0-9]{1,15})?$/.test(text) && value >= min) return value;
    throw new InvalidArgumentError(`Expected a decimal number from ${min}.`);
  };
}

function modelName(text: string): string {
  if (isModelName(text)) return text;
  throw new InvalidArgumentError(
    `Expected 1 to ${MODEL_NAME_LENGTH_MAX} of A-Z a-z 0-9 . _ -, beginning with a letter or digit.`,
  );
}

/** A model's name. */
export function modelArgument(): Argument<'<model>', undefined, string> {
  return new Argument('<model>', 'name of the model').argParser(modelName);
}

/** A round's number. */
export function roundArgument(otherwise: string): Argument<'[round]', undefined, number> {
  return new Argument('[round]', `number of the round; without it, ${otherwise}`).argParser(
    wholeNumber(1),
  );
}

/** The last part of a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ npx tributary ${line}`).join('\n')}`;
}
