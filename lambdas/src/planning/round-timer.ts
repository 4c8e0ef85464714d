import {
  QUEUE_DELAY_SECONDS_MAX,
  type RoundId,
  type RoundObject,
} from '@tributary/client/protocol';

/** A wish to look at a round when its collection time is over. */
export interface RoundTimer {
  readonly id: RoundId;
  /** Whole seconds; at most what SQS can wait. */
  readonly delaySeconds: number;
}

/**
 * The timer of a round that was just opened; none where the deadline is further away than SQS can wait:
 * the sweep keeps every deadline, a timer only is earlier. Pure.
 *
 * @param now - Milliseconds since the epoch.
 */
export function roundTimer(round: RoundObject, now: number): RoundTimer | undefined {
  const delaySeconds = Math.max(0, Math.ceil((round.deadlineAt - now) / 1000));
  if (delaySeconds > QUEUE_DELAY_SECONDS_MAX) return undefined;
  return { id: { model: round.model, round: round.round }, delaySeconds };
}
