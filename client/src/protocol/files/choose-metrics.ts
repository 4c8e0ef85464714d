/** What of a device's report is a metric. */
import type { Metrics } from '../fields.ts';
import { describeValue } from '../json-fault.ts';
import { METRIC_COUNT_MAX, METRIC_NAME_LENGTH_MAX } from '../limits.ts';
import { isWellFormed, quote } from '../strict-json.ts';

/** A report, sorted into what can be sent and what can't. */
export interface ChosenMetrics {
  /** Finite numbers, at most {@link METRIC_COUNT_MAX}: the first ones. */
  readonly metrics: Metrics;
  /** One sentence for each member that is left out, naming it and what was expected. */
  readonly leftOut: readonly string[];
}

/** Members that are told one by one; a report of a million is told in one sentence more. */
const TOLD_MAX = 16;

/** Sorts a report of any kind, which may come from untyped code. Its values stand in no sentence. */
export function chooseReport(report: unknown): ChosenMetrics {
  if (report === undefined || report === null) return { metrics: {}, leftOut: [] };
  if (typeof report !== 'object' || Array.isArray(report) || ArrayBuffer.isView(report)) {
    const leftOut = `Metrics are ${describeValue(report)}, expected an object of numbers; they are left out`;
    return { metrics: {}, leftOut: [leftOut] };
  }
  return chooseMetrics(membersOf(report));
}

/** A getter that throws is a value that is not a number. */
function membersOf(report: object): [string, unknown][] {
  try {
    return Object.keys(report).map((name) => [name, readMember(report, name)]);
  } catch {
    return [];
  }
}

function readMember(report: object, name: string): unknown {
  try {
    return Reflect.get(report, name);
  } catch {
    return undefined;
  }
}

/** Sorts members by name and value; of two with one name the first counts. */
export function chooseMetrics(members: Iterable<readonly [string, unknown]>): ChosenMetrics {
  const chosen = new Map<string, number>();
  const leftOut: string[] = [];
  let others = 0;
  for (const [name, value] of members) {
    const fault = faultOf(name, value, chosen.size);
    if (fault === undefined) chosen.set(name, value as number);
    else if (leftOut.length < TOLD_MAX) leftOut.push(fault);
    else others += 1;
  }
  if (others > 0) leftOut.push(`${others} more metrics are left out`);
  return { metrics: Object.fromEntries(chosen), leftOut };
}

function faultOf(name: string, value: unknown, count: number): string | undefined {
  // The one name that readers of JSON objects drop or take for the prototype.
  const isNamed =
    name !== '' &&
    name.length <= METRIC_NAME_LENGTH_MAX &&
    name !== '__proto__' &&
    isWellFormed(name);
  if (!isNamed) {
    return `Metric ${quote(name)} is left out: expected a name of 1 to ${METRIC_NAME_LENGTH_MAX} characters other than __proto__`;
  }
  if (typeof value !== 'number') {
    return `Metric ${quote(name)} is left out: expected a finite number, got ${describeValue(value)}`;
  }
  if (!Number.isFinite(value)) {
    return `Metric ${quote(name)} is left out: expected a finite number, got ${value}`;
  }
  if (count < METRIC_COUNT_MAX) return undefined;
  return `Metric ${quote(name)} is left out: at most ${METRIC_COUNT_MAX} metrics are reported`;
}
