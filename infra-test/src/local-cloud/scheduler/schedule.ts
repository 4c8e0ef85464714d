import type { ScheduleTime } from './schedule-expression.ts';

/** Longest wait of a Node timer: its delay is a signed 32-bit number of milliseconds. */
const TIMER_MS_MAX = 2_147_483_647;

/** A schedule as its owner wrote it. */
export interface ScheduleDefinition {
  readonly name: string;
  readonly arn: string;
  readonly expression: string;
  readonly time: ScheduleTime;
  readonly isEnabled: boolean;
  readonly targetArn: string;
  /** The event, as JSON. */
  readonly input: string;
  /** The request's members, given back as they came. */
  readonly described: Readonly<Record<string, unknown>>;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
}

/** Fires at its times until it is stopped. */
export class Schedule {
  readonly definition: ScheduleDefinition;
  readonly #fire: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(definition: ScheduleDefinition, fire: () => void) {
    this.definition = definition;
    this.#fire = fire;
    if (definition.isEnabled) {
      this.#arm(firstTimeMs(definition.time));
    }
  }

  /** Fires no more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #arm(dueAtMs: number): void {
    const waitMs = dueAtMs - Date.now();
    const reach = (): void => {
      if (waitMs > TIMER_MS_MAX) {
        this.#arm(dueAtMs);
        return;
      }
      if (this.definition.time.kind === 'rate') {
        this.#arm(dueAtMs + this.definition.time.periodMs);
      }
      this.#fire();
    };
    this.#timer = setTimeout(reach, Math.min(Math.max(waitMs, 0), TIMER_MS_MAX));
  }
}

function firstTimeMs(time: ScheduleTime): number {
  return time.kind === 'rate' ? Date.now() + time.periodMs : time.timeMs;
}
