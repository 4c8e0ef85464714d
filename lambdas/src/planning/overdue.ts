/**
 * Which due tasks nobody can be at work on any more. Whoever makes a task due also sends it, so the
 * sweep sends it again only when that was long ago: a fold that runs for minutes is not started anew
 * every minute. Pure.
 */
import type { RoundObject, SealObject, Task } from '@tributary/client/protocol';

/** Bytes a task moves in a millisecond at least: a third of the 75 MB/s a function is planned with. */
const BYTES_PER_MS = 25_000;

/** No invocation lives longer (Lambda quotas): what was at work on a task is gone by then. */
const INVOCATION_MS_MAX: number = 15 * 60_000;

/** Bytes of a model's element in an update and a version, and in a partial. */
const FLOAT_BYTES = 4;
const SUM_BYTES = 8;

/** When the inputs of a round's tasks were written, in milliseconds since the epoch. */
export interface InputTimes {
  readonly round: RoundObject;
  readonly closedAt: number;
  /** Seals so far, by group; their own times are used. */
  readonly seals: readonly (readonly SealObject[])[];
  /** By key. */
  readonly partials: ReadonlyMap<string, number>;
  /** `undefined` while there is no version. */
  readonly versionAt: number | undefined;
}

export interface Patience {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Time every task is given besides what its bytes take, in milliseconds: queue, cold start, requests. */
  readonly patienceMs: number;
}

/**
 * True when a due task has had its time. The times are those of other functions' clocks and of
 * storage, which differ by far less than a task is given; one in the future comes from a clock that is
 * wrong and could silence the sweep for as long, so it counts as long ago.
 */
export function isOverdue(task: Task, times: InputTimes, { now, patienceMs }: Patience): boolean {
  const ageMs = now - dueSince(task, times);
  const givenMs = patienceMs + Math.ceil(bytesOf(task, times) / BYTES_PER_MS);
  return ageMs < 0 || ageMs >= Math.min(givenMs, INVOCATION_MS_MAX);
}

/** When the last of a task's inputs was written. */
function dueSince(task: Task, { closedAt, seals, partials, versionAt }: InputTimes): number {
  switch (task.task) {
    case 'collect':
      // Time and uploads make it due, and nobody tells: the look itself is what the sweep is for.
      return 0;
    case 'seal':
      return Math.max(closedAt, ...timesOf(seals[task.group] ?? []));
    case 'fold':
      return sealOf(task, seals)?.sealedAt ?? closedAt;
    case 'merge':
      return Math.max(closedAt, ...timesOf(seals.flat()), ...partials.values());
    case 'publish':
      return versionAt ?? closedAt;
  }
}

/** What a task reads and writes, where that is more than headers. */
function bytesOf(task: Task, { round, seals, partials }: InputTimes): number {
  if (task.task === 'fold') {
    const members = sealOf(task, seals)?.members ?? [];
    return members.reduce((sum, { bytes }) => sum + bytes, 0) / round.shards;
  }
  if (task.task !== 'merge') return 0;
  const [member] = seals.flat().flatMap(({ members }) => members);
  const elements = member === undefined ? 0 : (member.bytes - member.dataOffset) / FLOAT_BYTES;
  return elements * (partials.size * SUM_BYTES + 2 * FLOAT_BYTES);
}

function timesOf(seals: readonly SealObject[]): number[] {
  return seals.map(({ sealedAt }) => sealedAt);
}

function sealOf(
  { group, seal }: { readonly group: number; readonly seal: number },
  seals: readonly (readonly SealObject[])[],
): SealObject | undefined {
  return seals[group]?.[seal];
}
