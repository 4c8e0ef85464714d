import { partialKey, type RoundId, type RoundObject, type Task } from '@tributary/client/protocol';
import type { SealOutline } from './seal-outline.ts';

/** What is known of a round that is closed and has no result yet. */
export interface RoundProgress {
  readonly round: RoundObject;
  /** Seals so far, by group. */
  readonly seals: readonly (readonly SealOutline[])[];
  /** Keys of the partials that exist. */
  readonly partials: { has(key: string): boolean };
  readonly hasVersion: boolean;
}

/**
 * Every task whose inputs are there and whose output is missing. Pure; running a task twice is the
 * same as once, so a list that is a moment old does no harm.
 */
export function dueTasks(progress: RoundProgress): Task[] {
  const { round, seals } = progress;
  const id = { schema: 1, model: round.model, round: round.round } as const;
  const folds = foldTasks(round, seals.flat()).filter(
    (task) => !progress.partials.has(partialKey(task)),
  );
  const unsealed = groupNumbers(round).filter((group) => seals[group]?.at(-1)?.final !== true);
  if (unsealed.length > 0) {
    return [...unsealed.map((group): Task => ({ ...id, task: 'seal', group })), ...folds];
  }
  if (totalMembers(seals) < round.settings.minimum) {
    // The seal step finds the group final and ends the round.
    return [{ ...id, task: 'seal', group: 0 }];
  }
  if (folds.length > 0) return folds;
  return progress.hasVersion ? [{ ...id, task: 'publish' }] : mergeTasks(round);
}

export type FoldTask = Extract<Task, { readonly task: 'fold' }>;

/** The folds of some seals: one for each shard of each seal that has members. */
export function foldTasks(round: RoundObject, seals: readonly SealOutline[]): FoldTask[] {
  return seals
    .filter(({ members }) => members.length > 0)
    .flatMap(({ group, seal }) =>
      shardNumbers(round).map(
        (shard): FoldTask => ({
          schema: 1,
          task: 'fold',
          model: round.model,
          round: round.round,
          group,
          seal,
          shard,
        }),
      ),
    );
}

export function mergeTasks(round: RoundObject): Task[] {
  return shardNumbers(round).map(
    (shard): Task => ({ schema: 1, task: 'merge', model: round.model, round: round.round, shard }),
  );
}

export type SealTask = Extract<Task, { readonly task: 'seal' }>;

export function sealTasks({ model, round, groups }: RoundObject): SealTask[] {
  return groupNumbers({ groups }).map((group) => ({
    schema: 1,
    task: 'seal',
    model,
    round,
    group,
  }));
}

export function publishTask({ model, round }: RoundId): Task {
  return { schema: 1, task: 'publish', model, round };
}

export function groupNumbers({ groups }: Pick<RoundObject, 'groups'>): number[] {
  return Array.from({ length: groups }, (_, group) => group);
}

export function totalMembers(seals: readonly (readonly SealOutline[])[]): number {
  return seals.flat().reduce((sum, { members }) => sum + members.length, 0);
}

function shardNumbers({ shards }: RoundObject): number[] {
  return Array.from({ length: shards }, (_, shard) => shard);
}
