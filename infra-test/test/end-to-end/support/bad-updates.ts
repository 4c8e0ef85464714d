import type { PlanInput, ResultObject } from '@tributary/client';
import { expect } from 'vitest';
import { type RawOptions, type RawSlot, uploadRaw } from './raw-device.ts';
import { lengthBytes, rawFile, split } from './tamper.ts';
import type { TestDevice, World } from './world.ts';

export type Tamper = NonNullable<RawOptions['tamper']>;

/** Two devices that do as they should; their weighted mean is [3, 6]. */
export const GOOD: readonly TestDevice[] = [
  { id: 'good-1', delta: [1, 2], exampleCount: 1 },
  { id: 'good-2', delta: [4, 8], exampleCount: 2 },
];

/** What a seal or fold rejects, by how it is bad. */
export interface BadUpdate {
  readonly how: string;
  readonly code: string;
  readonly delta?: readonly number[];
  readonly tamper?: Tamper;
}

/** Creates a model and a round whose goal is out of reach: the test says when collection is over. */
export async function openRound(
  world: World,
  model: string,
  { elementCount = 2, plan = {} }: { elementCount?: number; plan?: PlanInput } = {},
): Promise<number> {
  await world.createModel(model, elementCount, plan);
  const settings = { goal: 100, minimum: 1, deadlineSeconds: 600 };
  return (await world.operator.startRound(model, settings)).round;
}

export async function uploadGood(world: World, model: string): Promise<void> {
  await Promise.all(GOOD.map((device) => uploadRaw(world, model, device)));
}

export async function closeAndWait(
  world: World,
  model: string,
  round: number,
): Promise<ResultObject> {
  await world.operator.closeRound(model, round);
  return world.operator.waitForRound(model, round);
}

/** Each update is named with its code in the result and told so; the others' mean is published. */
export async function expectRejected(
  world: World,
  model: string,
  bad: readonly BadUpdate[],
): Promise<void> {
  const round = await openRound(world, model);
  const [slots] = await Promise.all([
    Promise.all(bad.map((update) => uploadBad(world, model, update))),
    uploadGood(world, model),
  ]);
  const result = await closeAndWait(world, model, round);
  expect(result).toMatchObject({ kind: 'published', included: GOOD.length });
  const codes = new Map(result.rejected.map(({ device, code }) => [device, code]));
  const found = slots.map(({ device }, at) => ({ how: bad[at]?.how, code: codes.get(device) }));
  expect(found).toEqual(bad.map(({ how, code }) => ({ how, code })));
  expect(result.rejected).toHaveLength(bad.length);
  const outcomes = await Promise.all(slots.map((slot) => slot.outcome()));
  expect(outcomes).toMatchObject(bad.map(({ code }) => ({ schema: 1, kind: 'rejected', code })));
  const silent = outcomes.filter((outcome) => !('detail' in outcome));
  expect(silent).toEqual([]);
  expect([...(await world.weights(model))]).toEqual([3, 6]);
}

function uploadBad(
  world: World,
  model: string,
  { how, delta = [9, 9], tamper = (file) => file }: BadUpdate,
): Promise<RawSlot> {
  return uploadRaw(world, model, { id: how, delta, exampleCount: 7 }, { tamper });
}

/** float32, little-endian. */
export function f32(values: readonly number[]): Buffer {
  return Buffer.from(Float32Array.from(values).buffer);
}

/** The update's own metadata with other tensors and data. */
export function withTensors(
  tensors: Readonly<Record<string, Record<string, unknown>>>,
  data: Buffer,
): Tamper {
  return (file) =>
    rawFile({ __metadata__: split(file).header['__metadata__'] ?? {}, ...tensors }, data);
}

/** States another length of the header than it has. */
export function withLength(length: bigint): Tamper {
  return (file) => Buffer.concat([lengthBytes(length), file.subarray(8)]);
}

/** States a header of as many bytes as the file has, and so many more. */
export function withLengthOfFile(more: number): Tamper {
  return (file) => withLength(BigInt(file.length + more))(file);
}
