import {
  DeploymentError,
  decodeState,
  decodeVersion,
  encodeState,
  encodeVersion,
  layoutOf,
  type SealObject,
  type StateTensors,
  stateFileKey,
  type Task,
  versionFileKey,
} from '@tributary/client/protocol';
import { createExactSum, type ExactSum } from '../aggregation/exact-sum.ts';
import { publishTask } from '../planning/due-tasks.ts';
import { type ElementRange, shardRange } from '../planning/grid.ts';
import { initialState, serverStep } from '../strategies/server-step.ts';
import { assertArithmetic } from './arithmetic.ts';
import { abortRound } from './finish.ts';
import { blocksOf, retract } from './members.ts';
import { type Inclusion, inclusionOf, type ReadPartial, readPartials } from './partials.ts';
import { putFunctionOfState } from './put-state.ts';
import { finalSeals } from './seal.ts';
import { NOTHING, type OpenRound, openRound, type StepContext, type StepOutcome } from './step.ts';

export type MergeTask = Extract<Task, { readonly task: 'merge' }>;

export const VERSION_FILE = 'model.safetensors';
const STATE_FILE = 'state.safetensors';

/** Sums the partials, leaves excluded members out, takes the server step and writes the next version. */
export async function merge(context: StepContext, task: MergeTask): Promise<StepOutcome> {
  const open = await openRound(context, task);
  if (open === undefined || task.shard >= open.round.shards) return NOTHING;
  assertArithmetic(open.round);
  const seals = (await finalSeals(context, open))?.flat();
  const partials = seals && (await readPartials(context, open, seals));
  if (seals === undefined || partials === undefined) return NOTHING;
  const inclusion = inclusionOf(seals, partials);
  const { minimum } = open.round.settings;
  if (inclusion.members.length < minimum) {
    return abortRound(context, open, {
      reason: 'too-few-updates',
      excluded: [...inclusion.excluded].map(([device, code]) => ({ device, code })),
      message: `Of ${seals.flatMap(({ members }) => members).length} sealed updates ${inclusion.members.length} have usable numbers, the minimum is ${minimum}; the model stays at version ${open.round.base.version}`,
    });
  }
  if ((await context.records.store.head(versionKey(open))) === undefined) {
    await writeVersion(context, open, { seals, partials, inclusion, shard: task.shard });
  }
  return { did: 'merged', next: [publishTask(open.id)] };
}

/** Where a round's version lies. */
export function versionKey({ id }: OpenRound): string {
  return versionFileKey(id.model, id.round, VERSION_FILE);
}

interface MergeInput {
  readonly seals: readonly SealObject[];
  readonly partials: readonly ReadPartial[];
  readonly inclusion: Inclusion;
  readonly shard: number;
}

async function writeVersion(
  context: StepContext,
  open: OpenRound,
  input: MergeInput,
): Promise<void> {
  const { store } = context.records;
  const { plan } = open.plan;
  const meanDelta = await meanOf(context, open, input);
  const weights = await readBase(context, open);
  const state = await readState(context, open);
  serverStep({ plan, weights, meanDelta, state });
  if (Object.keys(state).length > 0) {
    // State first: a version that exists has its state.
    const key = stateFileKey(open.id.model, open.id.round, STATE_FILE);
    await putFunctionOfState(
      store,
      key,
      encodeState({ model: open.id.model, version: open.id.round, tensors: state }),
    );
  }
  const version = encodeVersion({ plan, version: open.id.round, weights });
  await putFunctionOfState(store, versionKey(open), version);
}

async function meanOf(
  context: StepContext,
  { round, plan: { plan } }: OpenRound,
  input: MergeInput,
): Promise<Float32Array> {
  const shard = shardRange(layoutOf(plan).elementCount, {
    shard: input.shard,
    shards: round.shards,
  });
  const elementCount = shard.end - shard.begin;
  const sum = createExactSum({
    elementCount,
    fractionBits: round.fractionBits,
    deltaBoundLog2: plan.update.deltaBoundLog2,
  });
  try {
    await addPartials(context, sum, { ...input, range: shard });
    return sum.mean(0, elementCount, input.inclusion.totalWeight);
  } finally {
    sum.release();
  }
}

async function addPartials(
  { records: { store } }: StepContext,
  sum: ExactSum,
  input: MergeInput & { readonly range: ElementRange },
): Promise<void> {
  const { range, inclusion } = input;
  for (const partial of input.partials.filter(({ shard }) => shard === input.shard)) {
    for (const { begin, end } of blocksOf({ begin: 0, end: range.end - range.begin })) {
      const offset = partial.dataOffset;
      const sums = await store.getRange(partial.pin, {
        begin: offset + begin * 8,
        end: offset + end * 8,
      });
      if (sums?.length !== (end - begin) * 8) throw partialLost(partial);
      sum.addSums(begin, sums);
    }
    const excludedHere = new Set(partial.record.excluded.map(({ device }) => device));
    const elsewhere = partial.seal.members
      .filter(({ device }) => inclusion.excluded.has(device) && !excludedHere.has(device))
      .map((member) => ({ seal: partial.seal, member }));
    await retract({ store, sum, shard: range, sign: 1 }, blocksOf(range), elsewhere);
  }
}

function partialLost({ pin }: ReadPartial): DeploymentError {
  return new DeploymentError(
    `Partial ${pin.key} changed or vanished while it was merged; partials are write-once, look for a writer or a lifecycle rule that is too short`,
    { code: 'partial-lost' },
  );
}

async function readBase(
  { records }: StepContext,
  { id, round, plan }: OpenRound,
): Promise<Float32Array> {
  const [file] = round.base.files;
  const key = versionFileKey(id.model, round.base.version, file?.name ?? VERSION_FILE);
  const object = await records.store.get(key);
  if (object === undefined) {
    throw new DeploymentError(
      `Base version ${key} of round ${id.round} is gone; restore it from the bucket's backup`,
      {
        code: 'base-missing',
      },
    );
  }
  return decodeVersion(object.body, { plan: plan.plan, version: round.base.version });
}

/** The strategy's state at the base version; zeros where the base has none, as version 0. */
async function readState(
  { records }: StepContext,
  { id, round, plan: { plan } }: OpenRound,
): Promise<StateTensors> {
  const object = await records.store.get(stateFileKey(id.model, round.base.version, STATE_FILE));
  if (object === undefined) {
    const empty = initialState(plan);
    // Only version 0 begins without state: momentum that vanished is a loss, not a beginning.
    if (round.base.version === 0 || Object.keys(empty).length === 0) return empty;
    throw new DeploymentError(
      `State of version ${round.base.version} of ${id.model} is gone; restore it from the bucket's backup`,
      { code: 'state-missing' },
    );
  }
  return decodeState(object.body, { model: id.model, version: round.base.version });
}
