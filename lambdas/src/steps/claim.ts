import { claimKey, encodeJson } from '@tributary/client/protocol';
import { givenMs, type Work, workMs } from '../planning/work-time.ts';
import { type OpenRound, PATIENCE_MS_DEFAULT, type StepContext } from './step.ts';

/** Work below this is done at once: doing it twice costs less than a claim and the wait for a lost one. */
const CLAIMED_FROM_MS = 320;

/** One piece of work of a round. */
export interface Claim {
  /** Names the work; the same for every function that is about to do it. `a–z 0–9 -`. */
  readonly name: string;
  /** What it takes, the same for every function: it says how long a claim holds. */
  readonly work: Work;
  /** What is left of it for this function, which may have read much already. @default `work` */
  readonly left?: Work;
}

/**
 * Says that this function does some work now, so that others that were asked for the same leave it.
 *
 * A claim is a hint: it saves requests and nothing rests on it. Two functions that both do the work
 * write the same object once. It holds for as long as the work is given; after that the function that
 * made it counts as gone, and the next one that is asked (the sweep asks) may claim the work again.
 *
 * Time is cut into windows as long as the work is given, and a claim is a write-once object of its
 * window. One in the window before, made less than a window ago, holds as well.
 *
 * @returns False where another function is at work.
 */
export async function claim(
  context: StepContext,
  { id }: OpenRound,
  { name, work, left = work }: Claim,
): Promise<boolean> {
  const { records, now, patienceMs = PATIENCE_MS_DEFAULT } = context;
  if (workMs(left) < (context.claimedFromMs ?? CLAIMED_FROM_MS)) return true;

  const windowMs = givenMs(work, patienceMs);
  const at = now();
  const window = Math.floor(at / windowMs);
  const before = await records.store.head(claimKey({ ...id, work: name, window: window - 1 }));
  if (before !== undefined && at - before.modifiedAt < windowMs) return false;

  const key = claimKey({ ...id, work: name, window });
  const { kind } = await records.store.putOnce(key, encodeJson({ schema: 1, claimedAt: at }));
  return kind === 'stored';
}
