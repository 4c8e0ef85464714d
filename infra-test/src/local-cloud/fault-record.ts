import type { KillRule, RequestFault } from './faults.ts';

/** A kill rule that fired. */
export interface Kill {
  readonly rule: KillRule;
  readonly when: 'before' | 'after';
  readonly method: string;
  /** Decoded S3 key, or the path of another service's request. */
  readonly key: string;
  /** Key of the last PUT that matched the rule before; undefined if there was none. */
  readonly lastWriteKey: string | undefined;
  /** False when something else had ended the process meanwhile. */
  hasEndedProcess: boolean;
}

/** How many upload events met with what. */
export interface EventRecord {
  /** Events that came about. */
  readonly arisen: number;
  readonly dropped: number;
  readonly doubled: number;
  /** Deliveries that were made to wait. */
  readonly delayed: number;
  /** Deliveries that became receivable after a younger event's. */
  readonly overtaken: number;
}

/** What went wrong under the plan in force; a cloud without one keeps no record. */
export interface FaultRecord {
  /** In the order in which their rules fired. */
  readonly kills: readonly Readonly<Kill>[];
  readonly events: EventRecord;
  /** How many requests failed in which way; a way that none did is absent. */
  readonly requests: Readonly<Partial<Record<RequestFault, number>>>;
}

/** One delivery of an event: its place among the events, and when it becomes receivable. */
interface Delivery {
  readonly event: number;
  readonly dueMs: number;
}

/** Writes a {@link FaultRecord}. */
export class FaultRecorder {
  readonly #kills: Kill[] = [];
  readonly #requests: Partial<Record<RequestFault, number>> = {};
  readonly #deliveries: Delivery[] = [];
  readonly #counts = { arisen: 0, dropped: 0, doubled: 0, delayed: 0 };

  noteKill(kill: Kill): void {
    this.#kills.push(kill);
  }

  noteRequest(fault: RequestFault): void {
    this.#requests[fault] = (this.#requests[fault] ?? 0) + 1;
  }

  /** Notes one event and how often it is to be delivered. @returns its place among the events. */
  noteEvent(deliveryCount: number): number {
    const event = this.#counts.arisen;
    this.#counts.arisen += 1;
    this.#counts.dropped += deliveryCount === 0 ? 1 : 0;
    this.#counts.doubled += deliveryCount > 1 ? 1 : 0;
    return event;
  }

  /** Notes a message that went to its queue at `nowMs`, to be receivable `delayMs` later. */
  noteDelivery(event: number, { nowMs, delayMs }: { nowMs: number; delayMs: number }): void {
    this.#counts.delayed += delayMs > 0 ? 1 : 0;
    this.#deliveries.push({ event, dueMs: nowMs + delayMs });
  }

  /** A copy; what happens later does not change it. */
  snapshot(): FaultRecord {
    return {
      kills: this.#kills.map((kill) => ({ ...kill })),
      events: { ...this.#counts, overtaken: overtakenCount(this.#deliveries) },
      requests: { ...this.#requests },
    };
  }
}

/** Sorting keeps the order of equals, which is the order in which they were sent. */
function overtakenCount(deliveries: readonly Delivery[]): number {
  let youngest = 0;
  let count = 0;
  for (const { event } of deliveries.toSorted((a, b) => a.dueMs - b.dueMs)) {
    count += event < youngest ? 1 : 0;
    youngest = Math.max(youngest, event);
  }
  return count;
}
