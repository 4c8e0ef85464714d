/**
 * Which due tasks nobody can be at work on any more. Whoever makes a task due also sends it, so the
 * sweep sends it again only when that was long ago: a fold that runs for minutes is not started anew
 * every minute. Pure.
 */
import type { RoundObject, Task } from '@tributary/client/protocol';
import type { SealOutline } from './seal-outline.ts';
import { givenMs, SMALL_WORK, type Work } from './work-time.ts';

/** Bytes of a model's element in an update and a version, and in a partial. */
const FLOAT_BYTES = 4;
const SUM_BYTES = 8;

/** When the inputs of a round's tasks were written, in milliseconds since the epoch. */
export interface InputTimes {
  readonly round: RoundObject;
  readonly closedAt: number;
  /** Seals so far, by group; their own times are used. */
  readonly seals: readonly (readonly SealOutline[])[];
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
  return ageMs < 0 || ageMs >= givenMs(workOf(task, times), patienceMs);
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
function workOf(task: Task, { round, seals, partials }: InputTimes): Work {
  if (task.task === 'fold') {
    const seal = sealOf(task, seals);
    return seal === undefined ? SMALL_WORK : foldWork(seal, round);
  }
  if (task.task === 'merge') return mergeWork(seals.flat(), partials.size);
  return SMALL_WORK;
}

/** What one fold of a seal reads: of every member its share of the elements. */
export function foldWork({ members }: Pick<SealOutline, 'members'>, { shards }: RoundObject): Work {
  const bytes = members.reduce((sum, member) => sum + member.bytes, 0);
  return { requests: members.length, bytes: bytes / shards };
}

/** What a merge reads and writes: every partial, the base and the version. */
export function mergeWork(
  seals: readonly Pick<SealOutline, 'members'>[],
  partialCount: number,
): Work {
  const [member] = seals.flatMap(({ members }) => members);
  const elements = member === undefined ? 0 : (member.bytes - member.dataOffset) / FLOAT_BYTES;
  return {
    requests: partialCount,
    bytes: elements * (partialCount * SUM_BYTES + 2 * FLOAT_BYTES),
  };
}

function timesOf(seals: readonly SealOutline[]): number[] {
  return seals.map(({ sealedAt }) => sealedAt);
}

function sealOf(
  { group, seal }: { readonly group: number; readonly seal: number },
  seals: readonly (readonly SealOutline[])[],
): SealOutline | undefined {
  return seals[group]?.[seal];
}
