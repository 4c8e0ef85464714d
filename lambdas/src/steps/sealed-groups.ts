import type { SealObject } from '@tributary/client/protocol';
import { groupNumbers } from '../planning/due-tasks.ts';
import type { SealOutline } from '../planning/seal-outline.ts';
import type { SealedGroup } from '../records/seal-outlines.ts';
import type { OpenRound, StepContext } from './step.ts';

/** Every group of a round with its seals so far, in outline: what planning needs, at little cost. */
export function sealedGroups(
  { seals }: StepContext,
  { id, round }: OpenRound,
): Promise<SealedGroup[]> {
  return Promise.all(groupNumbers(round).map((group) => seals.group(id, group)));
}

/** The outlines of all groups' seals, or `undefined` while a group's final seal is missing. */
export async function finalOutlines(
  context: StepContext,
  open: OpenRound,
): Promise<SealOutline[][] | undefined> {
  const groups = await sealedGroups(context, open);
  return groups.every(({ isFinal }) => isFinal) ? groups.map(({ seals }) => [...seals]) : undefined;
}

/** All groups' seals, whole, or `undefined` while a group's final seal is missing. */
export async function finalSeals(
  { records }: StepContext,
  { id, round }: OpenRound,
): Promise<SealObject[][] | undefined> {
  const seals = await Promise.all(groupNumbers(round).map((group) => records.seals(id, group)));
  return seals.every((group) => group.at(-1)?.final === true) ? seals : undefined;
}
