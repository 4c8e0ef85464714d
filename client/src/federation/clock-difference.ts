/** Smallest difference worth a word: AWS refuses signatures that are more than five minutes off. */
const DIFFERENCE_MS_MIN = 4 * 60_000;

/** A change of the SDK's correction above this is a correction; answers alone move it by a second. */
const CORRECTION_MS_MIN = 60_000;

/** Where the SDK keeps AWS's time minus this machine's, in milliseconds, as the last answers told it. */
export interface ClockOffset {
  readonly systemClockOffset: number;
}

/** What one request showed of the clock. */
export interface ClockWatch {
  /** True when the request's answer corrected the time: the same request may succeed now. */
  wasCorrected(): boolean;
  /** Such as `26 h 0 min ahead of the time of AWS`; `undefined` when the clocks agree. */
  difference(): string | undefined;
}

/**
 * Watches what a request does to the SDK's idea of AWS's time. The SDK corrects it with each answer and
 * would sign again by itself, but its retries are switched off.
 */
export function watchClock(config: ClockOffset): ClockWatch {
  const before = config.systemClockOffset;
  return {
    wasCorrected: () => {
      const { systemClockOffset: after } = config;
      const isCorrection = Math.abs(after - before) >= CORRECTION_MS_MIN;
      return isCorrection && Math.abs(after) >= DIFFERENCE_MS_MIN;
    },
    difference: () => describeOffset(config.systemClockOffset),
  };
}

function describeOffset(offsetMs: number): string | undefined {
  const differenceMs = Math.abs(offsetMs);
  if (differenceMs < DIFFERENCE_MS_MIN) return undefined;
  const minutes = Math.round(differenceMs / 60_000);
  const hours = Math.floor(minutes / 60);
  const amount = hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
  return `${amount} ${offsetMs < 0 ? 'ahead of' : 'behind'} the time of AWS`;
}
