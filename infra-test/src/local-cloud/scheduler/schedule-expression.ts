/** When a schedule is due. */
export type ScheduleTime =
  | { readonly kind: 'rate'; readonly periodMs: number }
  | { readonly kind: 'at'; readonly timeMs: number };

const MINUTE_MS = 60_000;
const UNIT_MS: Readonly<Record<string, number>> = {
  minute: MINUTE_MS,
  hour: 60 * MINUTE_MS,
  day: 24 * 60 * MINUTE_MS,
};

/**
 * Reads `rate(1 minute)`, `rate(5 hours)` or `at(2026-03-12T19:03:58)` (UTC), as strictly as EventBridge:
 * whole minutes and above, the unit singular for 1 and plural otherwise.
 *
 * @returns undefined for anything else, cron expressions included.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function parseScheduleExpression(expression: string): ScheduleTime | undefined {
  const rate = /^rate\(([1-9]\d{0,5}) (minute|hour|day)(s?)\)$/.exec(expression);
  if (rate !== null) {
    const [, count = '', unit = '', plural] = rate;
    const isAgreed = (count === '1') === (plural === '');
    return isAgreed
      ? { kind: 'rate', periodMs: Number(count) * (UNIT_MS[unit] ?? Number.NaN) }
      : undefined;
  }
  const at = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/.exec(expression);
  const timeMs = Date.parse(`${at?.[1]}Z`);
  return Number.isNaN(timeMs) ? undefined : { kind: 'at', timeMs };
}
