import type { Federation } from '../federation/federation.ts';
import { RequestRefusedError } from '../protocol/index.ts';
import { nearest } from '../protocol/nearest.ts';
import { UNKNOWN_CODES } from './explain-error.ts';

/** Names listed in a sentence. */
const NAMES_MAX = 10;

/** Rounds looked at for what exists. */
const LOOK_UP_MAX = 100;

/** Longest time to look for what exists: the refusal itself is already known. */
const LOOK_UP_MS = 10_000;

/**
 * Runs an operator's request; a refusal of a name or number that leads nowhere then says what exists.
 *
 * @throws What `work` throws; {@link RequestRefusedError} with a longer message.
 */
export async function withKnownNames<T>(
  federation: Federation,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RequestRefusedError) || !UNKNOWN_CODES.has(error.code)) throw error;
    const hint = await hintFor(error, federation, signal);
    if (hint === undefined) throw error;
    const { code, detail } = error;
    throw new RequestRefusedError(`${error.message}; ${hint}`, { code, detail, cause: error });
  }
}

/** What exists instead, in words; `undefined` when that can't be found out. */
async function hintFor(
  { code, detail = {} }: RequestRefusedError,
  federation: Federation,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { model } = detail;
  if (typeof model !== 'string') return undefined;
  const options = { signal: AbortSignal.any([signal, AbortSignal.timeout(LOOK_UP_MS)]) };
  try {
    if (code === 'model-unknown') return modelHint(model, await federation.models(options));
    const { rounds, next } = await federation.roundsPage(model, { ...options, limit: LOOK_UP_MAX });
    const hasMore = next !== undefined;
    if (code === 'round-unknown') {
      return listOf({
        what: 'its rounds',
        names: rounds.map(({ round }) => String(round)),
        hasMore,
      });
    }
    const published = rounds.filter(({ phase }) => phase === 'published');
    const versions = new Set(published.map(({ version }) => String(version)));
    if (!hasMore) versions.add('0');
    return listOf({ what: 'its versions', names: [...versions], hasMore });
  } catch {
    return undefined;
  }
}

function modelHint(model: string, models: readonly string[]): string {
  const guess = nearest(model, models);
  const known = listOf({ what: 'models', names: models, hasMore: false });
  return guess === undefined ? known : `did you mean ${guess}? (${known})`;
}

interface Names {
  readonly what: string;
  readonly names: readonly string[];
  /** There are others than these. */
  readonly hasMore: boolean;
}

function listOf({ what, names, hasMore }: Names): string {
  if (names.length === 0 && !hasMore) return 'there are none yet';
  const left = names.length - NAMES_MAX;
  const more = hasMore ? ' and older ones' : left > 0 ? ` and ${left} more` : '';
  return `${what} are ${names.slice(0, NAMES_MAX).join(', ')}${more}`;
}
