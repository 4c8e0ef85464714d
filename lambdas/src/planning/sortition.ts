/**
 * Selection without a counter: every device has one fixed draw in a round, and is selected as soon as
 * the round's rate has risen to it. Once selected, always: the time alone moves, and every function
 * computes the same.
 */
import { createHmac } from 'node:crypto';
import type { RoundObject } from '@tributary/client/protocol';

/** The part of collection after which everybody is selected, so that a wrong population starves no round. */
const RAMP_SHARE = 0.5;

/** What selection depends on besides the device. */
export type SelectionRound = Pick<
  RoundObject,
  'model' | 'round' | 'openedAt' | 'deadlineAt' | 'settings'
>;

/**
 * The device's draw in a round: PRF(key, model, round, device).
 *
 * @param key - Secret, 32 bytes; without it no device can foresee its draws.
 * @returns Uniform in [0, 1), a multiple of 2^-48.
 */
export function drawOf(
  key: Uint8Array,
  { model, round }: Pick<RoundObject, 'model' | 'round'>,
  device: string,
): number {
  // JSON tells (a, bc) from (ab, c).
  const mac = createHmac('sha256', key)
    .update(JSON.stringify([model, round, device]))
    .digest();
  return mac.readUIntBE(0, 6) / 2 ** 48;
}

/**
 * When a device is selected, for good, in milliseconds since the epoch. The share of devices that are
 * selected (those with draw < rate) starts at goal · overSelection / population when the round opens
 * and rises linearly to 1 at half of the collection time; without a population it is 1 at once.
 *
 * @param draw - From {@link drawOf}; [0, 1).
 */
export function selectedAt(round: SelectionRound, draw: number): number {
  const start = startRate(round);
  if (draw < start) return round.openedAt;
  const rampMs = (round.deadlineAt - round.openedAt) * RAMP_SHARE;
  return Math.ceil(round.openedAt + ((draw - start) / (1 - start)) * rampMs);
}

/** Rate at the opening: enough devices for the goal and those that will drop out. */
function startRate({ settings: { goal, overSelection, population } }: SelectionRound): number {
  return population === null ? 1 : Math.min(1, (goal * overSelection) / population);
}
