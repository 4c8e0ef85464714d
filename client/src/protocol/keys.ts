/**
 * Object keys: kind first, because S3's notification, lifecycle and IAM filters are literal
 * prefixes. Keys hold `A–Z a–z 0–9 . _ / -` only, so nobody ever encodes or decodes one.
 */
import { ObjectInvalidError } from './errors.ts';
import { describeValue } from './json-fault.ts';
import { MODEL_NAME_LENGTH_MAX } from './limits.ts';

const MODEL_NAME = new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${MODEL_NAME_LENGTH_MAX - 1}}$`);
const DEVICE = /^[A-Za-z0-9_-]{43}$/;
const OBJECT_ID = /^[A-Za-z0-9_-]{22}$/;
const OWNER = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;
const NUMBER = /^(?:0|[1-9][0-9]{0,14})$/;

/** True for names a model may have. */
export function isModelName(name: string): boolean {
  return typeof name === 'string' && MODEL_NAME.test(name);
}

/** True for a pseudonym: base64url of 32 bytes, without padding. */
export function isDevicePseudonym(device: string): boolean {
  return DEVICE.test(device);
}

/** True for 22 characters of base64url. */
export function isObjectId(text: string): boolean {
  return OBJECT_ID.test(text);
}

/** True for an owner of objects: 1 to 64 of A–Z a–z 0–9 . _ -, not beginning with a dot. */
export function isOwner(text: string): boolean {
  return OWNER.test(text);
}

/** Reads a decimal without sign, leading zero or exponent; `undefined` for anything else. */
export function parseCount(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

/** One round of one model. */
export interface RoundId {
  readonly model: string;
  /** 1, 2, 3 …; numbers are never reused. */
  readonly round: number;
}

/** One seal of one group. */
export interface SealId extends RoundId {
  readonly group: number;
  /** 0, 1, 2 … within the group. */
  readonly seal: number;
}

/** One shard of what one seal names. */
export interface PartialId extends SealId {
  readonly shard: number;
}

/** One device's update. */
export interface UpdateId extends RoundId {
  readonly group: number;
  /** Pseudonym, 43 characters of base64url. */
  readonly device: string;
}

/** Prefix of every model; the sweep lists it. */
export const MODELS_PREFIX = 'models/';
/** Prefix of every update; the only one whose events are subscribed. */
export const UPDATES_PREFIX = 'updates/';

/** Key of a `PlanObject`. */
export function planKey(model: string): string {
  return `models/${model}/plan.json`;
}

/** Key of a `Head`. */
export function headKey(model: string): string {
  return `models/${model}/head.json`;
}

/** Key of one file of a model version; the object that commits the version lists its files. */
export function versionFileKey(model: string, version: number, file: string): string {
  return `models/${model}/versions/${version}/${file}`;
}

/** Key of one file of the server's state at a version. */
export function stateFileKey(model: string, version: number, file: string): string {
  return `models/${model}/state/${version}/${file}`;
}

/** Prefix of every round of a model. */
export function roundsPrefix(model: string): string {
  return `rounds/${model}/`;
}

/** Key of a `RoundObject`. */
export function roundKey({ model, round }: RoundId): string {
  return `rounds/${model}/${round}/round.json`;
}

/** Key of a `CloseObject`. */
export function closeKey({ model, round }: RoundId): string {
  return `rounds/${model}/${round}/close.json`;
}

/** Key of a `ResultObject`. */
export function resultKey({ model, round }: RoundId): string {
  return `rounds/${model}/${round}/result.json`;
}

/** Prefix of a group's seals in a round. */
export function sealsPrefix({ model, round }: RoundId, group: number): string {
  return `rounds/${model}/${round}/seals/${group}/`;
}

/** Key of a `SealObject`. */
export function sealKey(id: SealId): string {
  return `${sealsPrefix(id, id.group)}${id.seal}.json`;
}

/** Prefix of a group's updates in a round. */
export function updatesPrefix({ model, round }: RoundId, group: number): string {
  return `updates/${group}/${model}/${round}/`;
}

/** Key of an update; inverse of {@link parseUpdateKey}. */
export function updateKey(id: UpdateId): string {
  return `${updatesPrefix(id, id.group)}${id.device}`;
}

/** Prefix of a group's partials in a round. */
export function partialsPrefix({ model, round }: RoundId, group: number): string {
  return `partials/${group}/${model}/${round}/`;
}

/** Key of a partial; inverse of {@link parsePartialKey}. */
export function partialKey(id: PartialId): string {
  return `${partialsPrefix(id, id.group)}${id.seal}/${id.shard}`;
}

/** One piece of work of a round that a function says it is doing, during one window of time. */
export interface ClaimId extends RoundId {
  /** What is done, of `a–z 0–9 -`: `seal-0-3`, `fold-0-3-1`. */
  readonly work: string;
  /** Number of the window since 1970; as long as the work is given. */
  readonly window: number;
}

/** Key of a claim. */
export function claimKey({ model, round, work, window }: ClaimId): string {
  return `claims/${model}/${round}/${work}/${window}`;
}

/** One object of one worker. */
export interface WorkerObjectId {
  readonly worker: string;
  /** Pseudonym of who made it. */
  readonly owner: string;
  readonly id: string;
}

/** Prefix of a worker's objects, or of those of one owner. */
export function workerObjectsPrefix(worker: string, owner?: string): string {
  const all = `workers/${worker}/objects/`;
  return owner === undefined ? all : `${all}${owner}/`;
}

/** Key of a worker's object; inverse of {@link parseWorkerObjectKey}. */
export function workerObjectKey({ worker, owner, id }: WorkerObjectId): string {
  return `${workerObjectsPrefix(worker, owner)}${id}`;
}

/** Key of a static plan, by the digest of its canonical JSON. */
export function workerPlanKey(worker: string, digest: string): string {
  return `workers/${worker}/plans/${digest}`;
}

/** Key of elements on their way to or from a worker, by their own SHA-256. */
export function workerTransferKey(transfer: {
  readonly worker: string;
  readonly owner: string;
  readonly sha256: string;
}): string {
  return `workers/${transfer.worker}/transfers/${transfer.owner}/${transfer.sha256}`;
}

/** Inverse of {@link workerObjectKey}; `undefined` for keys of any other form. */
export function parseWorkerObjectKey(key: string): WorkerObjectId | undefined {
  const [kind, worker, part, owner, id, ...rest] = key.split('/');
  if (kind !== 'workers' || part !== 'objects' || rest.length > 0) return undefined;
  if (worker === undefined || !isModelName(worker)) return undefined;
  if (owner === undefined || !isOwner(owner)) return undefined;
  if (id === undefined || !isObjectId(id)) return undefined;
  return { worker, owner, id };
}

/**
 * Reads an update's key; `undefined` for keys of any other form, so that a stray event costs
 * nothing. Inverse of {@link updateKey}.
 */
export function parseUpdateKey(key: string): UpdateId | undefined {
  const [kind, groupText, model, roundText, device, ...rest] = key.split('/');
  if (kind !== 'updates' || rest.length > 0) return undefined;
  const group = parseCount(groupText ?? '');
  const id = parseRoundId(model, roundText);
  if (group === undefined || id === undefined) return undefined;
  if (device === undefined || !isDevicePseudonym(device)) return undefined;
  return { group, ...id, device };
}

/** Inverse of {@link partialKey}; `undefined` for keys of any other form. */
export function parsePartialKey(key: string): PartialId | undefined {
  const [kind, groupText, model, roundText, sealText, shardText, ...rest] = key.split('/');
  if (kind !== 'partials' || rest.length > 0) return undefined;
  const group = parseCount(groupText ?? '');
  const id = parseRoundId(model, roundText);
  const seal = parseCount(sealText ?? '');
  const shard = parseCount(shardText ?? '');
  if (group === undefined || id === undefined) return undefined;
  if (seal === undefined || shard === undefined) return undefined;
  return { group, ...id, seal, shard };
}

function parseRoundId(
  model: string | undefined,
  roundText: string | undefined,
): RoundId | undefined {
  const round = parseCount(roundText ?? '');
  if (model === undefined || !isModelName(model)) return undefined;
  if (round === undefined || round === 0) return undefined;
  return { model, round };
}

/** @throws {@link ObjectInvalidError} `model-name` for a name a key can't hold. */
export function assertModelName(name: string): void {
  if (isModelName(name)) return;
  throw new ObjectInvalidError(
    `Model name ${describeValue(name)} can't be part of a key; use 1 to ${MODEL_NAME_LENGTH_MAX} of A–Z a–z 0–9 . _ -, beginning with a letter or digit`,
    {
      code: 'model-name',
    },
  );
}
