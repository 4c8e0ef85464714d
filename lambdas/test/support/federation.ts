import { createHash } from 'node:crypto';
import {
  encodeJson,
  encodeUpdate,
  encodeVersion,
  headKey,
  layOutModel,
  layOutUpdate,
  type Metrics,
  type NamedTensors,
  planKey,
  type RoundObject,
  type RoundSettings,
  roundKey,
  type StrategyChoice,
  type TrainingPlan,
  type UpdateRules,
  updateKey,
  versionFileKey,
} from '@tributary/client/protocol';
import { newRound } from '../../src/planning/new-round.ts';
import { Records } from '../../src/records/records.ts';
import { SealOutlines } from '../../src/records/seal-outlines.ts';
import { HeaderCache } from '../../src/steps/read-headers.ts';
import type { StepContext } from '../../src/steps/step.ts';
import type { MemoryObjectStore } from './memory-object-store.ts';

export const MODEL = 'm';
export const OPENED_AT = 1_700_000_000_000;

export interface PlanChoices {
  readonly shape?: readonly number[];
  readonly update?: Partial<UpdateRules>;
  readonly strategy?: StrategyChoice;
  readonly tensors?: TrainingPlan['tensors'];
}

/** A plan of one trained tensor `w`, unless said otherwise. */
export function planOf(choices: PlanChoices = {}): TrainingPlan {
  return {
    schema: 1,
    model: MODEL,
    tensors: choices.tensors ?? [
      { name: 'w', dtype: 'F32', shape: choices.shape ?? [2], role: 'trained' },
    ],
    architecture: null,
    training: {},
    update: {
      encoding: 'f32',
      deltaBoundLog2: 4,
      exampleCountCap: 16_384,
      weighting: 'examples',
      cohortMax: 16_384,
      ...choices.update,
    },
    strategy: choices.strategy ?? { name: 'fedavg', options: {} },
  };
}

/** A pseudonym like a real one, from any label. */
export function pseudonym(label: string | number): string {
  return createHash('sha256').update(`device ${label}`).digest('base64url');
}

export const SETTINGS: RoundSettings = {
  goal: 3,
  minimum: 1,
  deadlineSeconds: 60,
  abandonAfterSeconds: 600,
  overSelection: 1,
  population: null,
};

/** Puts a created model into the store; version 0 is all `initial` (default 0). */
export async function createModel(
  store: MemoryObjectStore,
  plan: TrainingPlan,
  initial = 0,
): Promise<void> {
  const weights = new Float32Array(layOutModel(plan).elementCount).fill(initial);
  const file = encodeVersion({ plan, version: 0, weights });
  const name = 'model.safetensors';
  const sha256 = createHash('sha256').update(file).digest('hex');
  await store.putOnce(versionFileKey(MODEL, 0, name), file);
  await store.putOnce(
    planKey(MODEL),
    encodeJson({
      schema: 1,
      requestId: 'create',
      createdAt: OPENED_AT,
      plan,
      initial: { version: 0, files: [{ name, bytes: file.length, sha256 }] },
    }),
  );
  await store.putOnce(headKey(MODEL), encodeJson({ schema: 1, round: 0, version: 0 }));
}

/** Opens the first round, with any field of it overridden. */
export async function openFirstRound(
  store: MemoryObjectStore,
  settings: Partial<RoundSettings> = {},
  overrides: Partial<RoundObject> = {},
): Promise<RoundObject> {
  const records = new Records(store);
  const plan = await records.plan(MODEL);
  if (plan === undefined) throw new Error('Create the model first');
  const round: RoundObject = {
    ...newRound({
      plan: plan.plan,
      round: 1,
      base: plan.initial,
      settings: { ...SETTINGS, ...settings },
      remaining: 0,
      requestId: 'start',
      seed: '00112233445566778899aabbccddeeff',
      now: OPENED_AT,
    }),
    ...overrides,
  };
  await store.putOnce(roundKey(round), encodeJson(round));
  return round;
}

export interface TestUpdate {
  readonly device: string;
  readonly delta: Float32Array | readonly number[];
  readonly exampleCount: number;
  readonly metrics?: Metrics;
  readonly group?: number;
  readonly round?: number;
  readonly baseVersion?: number;
}

/** The bytes of an update whose flat delta is cut into the tensors that are not frozen. */
export function updateBytes(plan: TrainingPlan, update: TestUpdate): Uint8Array {
  const flat = Float32Array.from(update.delta);
  const delta: Record<string, NamedTensors[string]> = {};
  for (const { name, shape, offset, count } of layOutUpdate(plan).tensors) {
    delta[name] = { dtype: 'F32', shape, data: flat.slice(offset, offset + count) };
  }
  return encodeUpdate({
    plan,
    baseVersion: update.baseVersion ?? 0,
    device: update.device,
    exampleCount: update.exampleCount,
    metrics: update.metrics ?? {},
    delta,
  });
}

export function keyOf({ device, group = 0, round = 1 }: TestUpdate): string {
  return updateKey({ model: MODEL, round, group, device });
}

export async function upload(
  store: MemoryObjectStore,
  plan: TrainingPlan,
  update: TestUpdate,
): Promise<void> {
  await store.putOnce(keyOf(update), updateBytes(plan, update));
}

/** A step's context on a memory store with a clock that a test moves. */
export function contextOn(store: MemoryObjectStore): StepContext & { clock: { now: number } } {
  const clock = { now: OPENED_AT };
  const records = new Records(store);
  let ids = 0;
  return {
    clock,
    records,
    headers: new HeaderCache(),
    seals: new SealOutlines(records),
    now: () => clock.now,
    newId: () => {
      ids += 1;
      return ids.toString(16).padStart(32, '0');
    },
    log: () => undefined,
  };
}
