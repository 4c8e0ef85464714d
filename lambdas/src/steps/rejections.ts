import {
  badNumberDetail,
  type Exclusion,
  REJECTION_DETAILS_LISTED_MAX,
  REJECTIONS_LISTED_MAX,
  type Rejection,
  type RejectionSummary,
  type SealExclusions,
  type SealObject,
  type TrainingPlan,
} from '@tributary/client/protocol';
import type { Exclusions } from './partials.ts';

/**
 * What a result says of updates that do not count: how many by code, the first so many by name, fewer of
 * them with their detail, and for each device excluded in the fold its place in its seal, by which it
 * finds its own fate.
 *
 * @param excluded - Members that the fold excluded.
 */
export function summariseRejections(
  plan: TrainingPlan,
  seals: readonly SealObject[],
  excluded: Exclusions,
): RejectionSummary {
  const all: readonly (Rejection | Exclusion)[] = [
    ...seals.flatMap(({ rejected }) => rejected),
    ...excluded.values(),
  ];
  return {
    rejected: listRejections(plan, all),
    rejectedCounts: countCodes(all),
    excluded: withElements(seals.flatMap((seal) => exclusionsOf(seal, excluded))),
  };
}

function listRejections(plan: TrainingPlan, all: readonly (Rejection | Exclusion)[]): Rejection[] {
  const listed = [...all].sort(byDevice).slice(0, REJECTIONS_LISTED_MAX);

  return listed.map((rejection, at) => {
    const { device, code } = rejection;
    if (at >= REJECTION_DETAILS_LISTED_MAX) return { device, code };
    const detail = 'detail' in rejection ? rejection.detail : badNumberDetail(plan, rejection);
    return { device, code, ...(detail === undefined ? {} : { detail }) };
  });
}

function byDevice(a: Pick<Rejection, 'device'>, b: Pick<Rejection, 'device'>): number {
  return a.device < b.device ? -1 : 1;
}

/** Sorted by code, so that whoever counts writes the same. */
function countCodes(rejections: readonly Pick<Rejection, 'code'>[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { code } of rejections) counts.set(code, (counts.get(code) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Exclusions of one seal for one reason, with the first bad value of each where it is known. */
interface LocatedExclusions extends Omit<SealExclusions, 'members' | 'elements'> {
  readonly places: { readonly place: number; readonly element: number | undefined }[];
}

function exclusionsOf(
  { group, seal, members }: SealObject,
  excluded: Exclusions,
): LocatedExclusions[] {
  const byCode = new Map<string, LocatedExclusions>();
  for (const [place, { device }] of members.entries()) {
    const exclusion = excluded.get(device);
    if (exclusion === undefined) continue;
    const { code, element } = exclusion;
    const own = byCode.get(code) ?? { group, seal, code, places: [] };
    byCode.set(code, own);
    own.places.push({ place, element });
  }
  return [...byCode.values()];
}

/** Writes places, and elements until the result has as many as it lists rejections. */
function withElements(all: readonly LocatedExclusions[]): SealExclusions[] {
  let room = REJECTIONS_LISTED_MAX;

  return all.map(({ places, ...common }) => {
    const elements = places.slice(0, room).map(({ element }) => element);
    const known = elements.filter((element) => element !== undefined);
    const isWhole = known.length > 0 && known.length === elements.length;
    if (isWhole) room -= known.length;
    return {
      ...common,
      members: places.map(({ place }) => place),
      ...(isWhole ? { elements: known } : {}),
    };
  });
}
