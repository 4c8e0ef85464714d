import {
  REJECTIONS_LISTED_MAX,
  type Rejection,
  type RejectionSummary,
  type SealExclusions,
  type SealObject,
} from '@tributary/client/protocol';

/**
 * What a result says of updates that do not count: how many by code, the first so many by name, and for
 * each device excluded in the fold its place in its seal, by which it finds its own fate.
 *
 * @param excluded - Codes of the members that the fold excluded, by device.
 */
export function summariseRejections(
  seals: readonly SealObject[],
  excluded: ReadonlyMap<string, string>,
): RejectionSummary {
  const all: readonly Rejection[] = [
    ...seals.flatMap(({ rejected }) => rejected.map(({ device, code }) => ({ device, code }))),
    ...[...excluded].map(([device, code]) => ({ device, code })),
  ];
  return {
    rejected: [...all].sort(byDevice).slice(0, REJECTIONS_LISTED_MAX),
    rejectedCounts: countCodes(all),
    excluded: seals.flatMap((seal) => exclusionsOf(seal, excluded)),
  };
}

function byDevice(a: Rejection, b: Rejection): number {
  return a.device < b.device ? -1 : 1;
}

/** Sorted by code, so that whoever counts writes the same. */
function countCodes(rejections: readonly Rejection[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { code } of rejections) counts.set(code, (counts.get(code) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function exclusionsOf(
  { group, seal, members }: SealObject,
  excluded: ReadonlyMap<string, string>,
): SealExclusions[] {
  const places = new Map<string, number[]>();
  for (const [place, { device }] of members.entries()) {
    const code = excluded.get(device);
    if (code === undefined) continue;
    const ofCode = places.get(code) ?? [];
    places.set(code, ofCode);
    ofCode.push(place);
  }
  return [...places].map(([code, at]) => ({ group, seal, code, members: at }));
}
