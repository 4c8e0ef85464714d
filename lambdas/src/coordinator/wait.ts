/**
 * Requests per second that waiting devices may make together, for which waits are planned: well below
 * the 1,000 concurrent executions of a new AWS account at 50 ms each.
 */
const REQUESTS_PER_SECOND = 100;

/** Longest wait: a phone that is charging and on Wi-Fi now may not be in an hour. */
const WAIT_SECONDS_MAX = 300;

export interface Waiters {
  /** Devices that are told to wait at about the same time. */
  readonly devices: number;
  /** Wait that makes sense even for a single device, in seconds. */
  readonly atLeastSeconds: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** How long a device waits before asking again, in seconds; jittered by half, so that crowds spread. */
export function waitSeconds({ devices, atLeastSeconds, random }: Waiters): number {
  const planned = Math.max(atLeastSeconds, devices / REQUESTS_PER_SECOND);
  return jittered(Math.min(planned, WAIT_SECONDS_MAX), random);
}

/**
 * How long a device waits for a moment that is known; jittered upwards only, because before it the
 * answer would be the same.
 *
 * @param waitMs - Until the moment, in milliseconds.
 */
export function waitSecondsFor(waitMs: number, random: () => number): number {
  const seconds = Math.min(Math.max(waitMs / 1000, 1), WAIT_SECONDS_MAX);
  return toMilliseconds(seconds * (1 + random() / 4));
}

function jittered(seconds: number, random: () => number): number {
  return toMilliseconds(seconds * (0.5 + random()));
}

function toMilliseconds(seconds: number): number {
  return Math.ceil(seconds * 1000) / 1000;
}
