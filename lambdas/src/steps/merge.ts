import assert from 'node:assert/strict';
import {
  DeploymentError,
  decodeState,
  decodeVersion,
  encodeState,
  encodeVersion,
  layOutUpdate,
  type StateTensors,
  stateFileKey,
  type Task,
  versionFileKey,
} from '@tributary/client/protocol';
import { publishTask } from '../planning/due-tasks.ts';
import { mergeWork } from '../planning/overdue.ts';
import { chooseStrategy } from '../strategies/index.ts';
import { initialState, serverStep } from '../strategies/server-step.ts';
import { abortIfLost } from './abort-if-lost.ts';
import { assertArithmetic } from './arithmetic.ts';
import { claim } from './claim.ts';
import { abortRound } from './finish.ts';
import { type Inclusion, inclusionOf, type ReadPartial, readPartials } from './partials.ts';
import { putFunctionOfState } from './put-state.ts';
import { finalOutlines, finalSeals } from './sealed-groups.ts';
import { shardOf, shardSum } from './shard-sum.ts';
import { NOTHING, type OpenRound, openRound, type StepContext, type StepOutcome } from './step.ts';
import { sumPartials } from './sum-partials.ts';

export type MergeTask = Extract<Task, { readonly task: 'merge' }>;

export const VERSION_FILE = 'model.safetensors';
const STATE_FILE = 'state.safetensors';

/** Sums the partials, leaves excluded members out, takes the server step and writes the next version. */
export async function merge(context: StepContext, task: MergeTask): Promise<StepOutcome> {
  const open = await openRound(context, task);
  if (open === undefined || task.shard >= open.round.shards) return NOTHING;
  assertArithmetic(open.round);
  const next = { did: 'merged', next: [publishTask(open.id)] } as const;
  if ((await context.records.store.head(versionKey(open))) !== undefined) return next;
  if (!(await claimMerge(context, open, task))) return NOTHING;
  const seals = (await finalSeals(context, open))?.flat();
  const partials = seals && (await readPartials(context, open, seals));
  if (seals === undefined || partials === undefined) return NOTHING;
  const inclusion = inclusionOf(seals, partials);
  const { minimum } = open.round.settings;
  if (inclusion.members.length < minimum) {
    return abortRound(context, open, {
      reason: 'too-few-updates',
      excluded: inclusion.excluded,
      message: `Of ${seals.flatMap(({ members }) => members).length} sealed updates ${inclusion.members.length} have usable numbers, the minimum is ${minimum}; the model stays at version ${open.round.base.version}`,
    });
  }
  const input = { partials, inclusion, shard: task.shard };
  const lost = await abortIfLost(context, open, () => writeVersion(context, open, input));
  return lost ?? next;
}

/** False where another function merges, or where the round is not sealed yet. */
async function claimMerge(
  context: StepContext,
  open: OpenRound,
  { shard }: MergeTask,
): Promise<boolean> {
  const seals = (await finalOutlines(context, open))?.flat();
  if (seals === undefined) return false;
  const partialCount = seals.filter(({ members }) => members.length > 0).length;
  const work = mergeWork(seals, partialCount);
  return claim(context, open, { name: `merge-${shard}`, work });
}

/** Where a round's version lies. */
export function versionKey({ id }: OpenRound): string {
  return versionFileKey(id.model, id.round, VERSION_FILE);
}

interface MergeInput {
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
  assert(
    open.round.shards === 1,
    `Round of ${open.round.shards} shards, expected 1: a version is one file of all elements`,
  );
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
  { records: { store } }: StepContext,
  open: OpenRound,
  { partials, inclusion, shard: number }: MergeInput,
): Promise<Float32Array> {
  const shard = shardOf(open, number);
  const sum = shardSum(open, shard);
  try {
    const own = partials.filter((partial) => partial.shard === number);
    await sumPartials({ store, sum, shard, inclusion, partials: own });
    return sum.mean(0, shard.end - shard.begin, inclusion.totalWeight);
  } finally {
    sum.release();
  }
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
  return decodeState(object.body, {
    model: id.model,
    version: round.base.version,
    names: chooseStrategy(plan.strategy).strategy.stateNames,
    elementCount: layOutUpdate(plan).elementCount,
  });
}
