import {
  type Conservation,
  DeploymentError,
  EXAMPLE_COUNT_MAX,
  METRIC_COUNT_MAX,
  type Metrics,
  type PublishedResult,
  type RejectionSummary,
  type RoundId,
  type SealMember,
  type SealObject,
} from '@tributary/client/protocol';
import { finishRound } from './finish.ts';
import { membersDigest } from './members-digest.ts';
import { VERSION_FILE, versionKey } from './merge.ts';
import { type Inclusion, inclusionOf, readPartials } from './partials.ts';
import { summariseRejections } from './rejections.ts';
import { finalSeals } from './sealed-groups.ts';
import { NOTHING, type OpenRound, openRound, type StepContext, type StepOutcome } from './step.ts';

/** Checks that every update is accounted for, then commits the version by writing the result. */
export async function publish(context: StepContext, id: RoundId): Promise<StepOutcome> {
  const open = await openRound(context, id);
  if (open === undefined) return NOTHING;
  const seals = (await finalSeals(context, open))?.flat();
  const partials = seals && (await readPartials(context, open, seals));
  const version = await context.records.store.head(versionKey(open));
  if (seals === undefined || partials === undefined || version?.sha256 === undefined)
    return NOTHING;
  const inclusion = inclusionOf(seals, partials);
  const close = await context.records.close(open.id);
  return finishRound(context, open, {
    schema: 1,
    kind: 'published',
    ...open.id,
    requestId: context.newId(),
    finishedAt: context.now(),
    stop: close?.stop ?? false,
    version: open.id.round,
    files: [{ name: VERSION_FILE, bytes: version.bytes, sha256: version.sha256 }],
    baseVersion: open.round.base.version,
    ...counts(open, seals, inclusion),
  });
}

type Counts = Pick<
  PublishedResult,
  'included' | 'surplus' | 'exampleCount' | 'metrics' | 'conservation'
> &
  RejectionSummary;

function counts(open: OpenRound, seals: readonly SealObject[], inclusion: Inclusion): Counts {
  const conservation = conservationOf(seals, inclusion);
  assertConservation(open, conservation);
  return {
    included: inclusion.members.length,
    ...summariseRejections(open.plan.plan, seals, inclusion.excluded),
    surplus: conservation.surplus,
    exampleCount: statedExamples(inclusion.members),
    metrics: meanMetrics(inclusion.members),
    conservation,
  };
}

/** Counts every update that lies in a seal, by what became of it. */
function conservationOf(seals: readonly SealObject[], inclusion: Inclusion): Conservation {
  const devices = new Set<string>();
  for (const { members, rejected, surplus } of seals) {
    for (const device of [
      ...members.map((m) => m.device),
      ...rejected.map((r) => r.device),
      ...surplus,
    ]) {
      devices.add(device);
    }
  }
  return {
    // A set, so that a device named twice breaks the equation instead of balancing it.
    sealed: devices.size,
    included: inclusion.members.length,
    rejectedAtHeader: seals.reduce((total, { rejected }) => total + rejected.length, 0),
    rejectedInFold: inclusion.excluded.size,
    surplus: seals.reduce((total, { surplus }) => total + surplus.length, 0),
    membersDigest: membersDigest(inclusion.members),
    totalWeight: inclusion.totalWeight,
  };
}

/** Σ of what devices state, which may be anything up to 2^53 − 1 each: it saturates, or one of them could stop the round. */
function statedExamples(members: readonly SealMember[]): number {
  const total = members.reduce((sum, { exampleCount }) => sum + exampleCount, 0);
  return Math.min(total, EXAMPLE_COUNT_MAX);
}

function assertConservation({ id }: OpenRound, c: Conservation): void {
  const accounted = c.included + c.rejectedAtHeader + c.rejectedInFold + c.surplus;
  if (accounted === c.sealed && c.totalWeight > 0) return;
  throw new DeploymentError(
    `Round ${id.round} of ${id.model} has ${c.sealed} sealed updates but accounts for ${accounted} (weight ${c.totalWeight}); nothing is published, look at its seals`,
    { code: 'conservation' },
  );
}

/**
 * Means of the members' metrics over those that report them, weighted as their updates are. Of more
 * names than one update may report, those that most weight stands behind, then the first by name.
 */
function meanMetrics(members: readonly SealMember[]): Metrics {
  const sums = new Map<string, { sum: number; weight: number }>();
  for (const { metrics, weight } of members) {
    for (const [name, value] of Object.entries(metrics)) {
      const sum = sums.get(name) ?? { sum: 0, weight: 0 };
      sums.set(name, { sum: sum.sum + value * weight, weight: sum.weight + weight });
    }
  }
  const chosen = [...sums]
    .sort(([a, { weight: v }], [b, { weight: w }]) => w - v || (a < b ? -1 : 1))
    .slice(0, METRIC_COUNT_MAX);
  const means = chosen.map(([name, { sum, weight }]) => [name, sum / weight] as const);
  // A sum of huge values may overflow; what is no number is no metric.
  return Object.fromEntries(means.filter(([, mean]) => Number.isFinite(mean)));
}
