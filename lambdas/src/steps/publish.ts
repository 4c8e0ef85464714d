import {
  type Conservation,
  DeploymentError,
  type PublishedResult,
  type RejectionSummary,
  type RoundId,
  type SealMember,
  type SealObject,
  type UpdateRules,
} from '@tributary/client/protocol';
import { finishRound } from './finish.ts';
import { membersDigest } from './members-digest.ts';
import { VERSION_FILE, versionKey } from './merge.ts';
import { type Inclusion, inclusionOf, readPartials } from './partials.ts';
import { summariseRejections } from './rejections.ts';
import { finalSeals } from './sealed-groups.ts';
import { NOTHING, type OpenRound, openRound, type StepContext, type StepOutcome } from './step.ts';
import { summariseMetrics } from './training-metrics.ts';

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
  'included' | 'surplus' | 'exampleCount' | 'trainingMetrics' | 'conservation'
> &
  RejectionSummary;

function counts(open: OpenRound, seals: readonly SealObject[], inclusion: Inclusion): Counts {
  const conservation = conservationOf(seals, inclusion);
  assertConservation(open, conservation);
  return {
    included: inclusion.members.length,
    ...summariseRejections(open.plan.plan, seals, inclusion.excluded),
    surplus: conservation.surplus,
    exampleCount: countExamples(inclusion.members, open.plan.plan.update),
    trainingMetrics: summariseMetrics(inclusion.members),
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

/** Devices may state up to 2^53 − 1 each, but count with the plan's cap; 100,000 members of 2^24 are an exact sum. */
function countExamples(members: readonly SealMember[], { exampleCountCap }: UpdateRules): number {
  return members.reduce(
    (sum, { exampleCount }) => sum + Math.min(exampleCount, exampleCountCap),
    0,
  );
}

function assertConservation({ id }: OpenRound, c: Conservation): void {
  const accounted = c.included + c.rejectedAtHeader + c.rejectedInFold + c.surplus;
  if (accounted === c.sealed && c.totalWeight > 0) return;
  throw new DeploymentError(
    `Round ${id.round} of ${id.model} has ${c.sealed} sealed updates but accounts for ${accounted} (weight ${c.totalWeight}); nothing is published, look at its seals`,
    { code: 'conservation' },
  );
}
