import * as z from 'zod';
import { checkJson, positiveField, type RoundSummary } from '../protocol/index.ts';
import type { OptionNames } from '../protocol/option-names.ts';

/** Which rounds of a model to list. */
export interface ListRoundsOptions {
  /** Only rounds with a number below this. @default all */
  readonly before?: number | undefined;
  /** At most this many, the newest. @default all */
  readonly limit?: number | undefined;
  /** Ends the listing with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** Rounds, newest first. */
export interface RoundsPage {
  readonly rounds: readonly RoundSummary[];
  /** There are older ones: list those before this number. */
  readonly next: number | undefined;
}

/** Every option's name. */
export const LIST_ROUNDS_NAMES: OptionNames<ListRoundsOptions> = {
  before: true,
  limit: true,
  signal: true,
};

const limitSchema = z.object({ limit: positiveField.optional() });

/**
 * Checks a limit.
 *
 * @returns `Infinity` where there is none.
 * @throws {@link ObjectInvalidError} `json-invalid`.
 */
export function checkLimit(limit: number | undefined): number {
  const source = 'the options of rounds';
  return checkJson(limitSchema, { limit }, { source }).limit ?? Number.POSITIVE_INFINITY;
}
