/** Judging a whole update file before it is uploaded, by the code that the aggregator judges it with. */
import { ObjectInvalidError } from '../errors.ts';
import type { RejectionDetail } from '../fields.ts';
import { isDevicePseudonym } from '../keys.ts';
import { float32FromLittleEndian } from '../little-endian.ts';
import type { TrainingPlan } from '../objects/plan.ts';
import { decodeSafetensors } from '../safetensors/decode.ts';
import { parseDecimal } from '../strict-json.ts';
import { findDeltaFault } from '../tensors/delta-fault.ts';
import { layOutUpdate } from '../tensors/layout.ts';
import type { Metadata } from './identity.ts';
import { rejectionDetailOf } from './rejection-detail.ts';
import { checkUpdateHeader } from './update-header.ts';
import { readReport } from './update-metadata.ts';

/** What an update file would come to; `warnings` are what looks wrong and can't be told for sure. */
export type UpdateFileOutcome =
  | { readonly kind: 'valid'; readonly exampleCount: number; readonly warnings: readonly string[] }
  | { readonly kind: 'invalid'; readonly code: string; readonly detail: RejectionDetail };

/** Numbers this small are rare in a delta, and common where bytes are in the wrong order. */
const TINY = 2 ** -60;

/** Share of numbers that makes a suspicion. */
const SUSPICIOUS_SHARE = 0.5;

/** What only a coordinator knows, as far as it has been asked. */
export interface KnownOfRound {
  /** The version that the round starts from. @default any number */
  readonly baseVersion?: number | undefined;
  /** The device's pseudonym. @default any text in the form of one */
  readonly device?: string | undefined;
}

/** Checks header and numbers of an update file, device and base version as far as they are known. */
export function checkUpdateFile(
  file: Uint8Array,
  plan: TrainingPlan,
  known: KnownOfRound = {},
): UpdateFileOutcome {
  try {
    const { metadata, tensors } = decodeSafetensors(file);
    const outcome = checkUpdateHeader(file, {
      plan,
      baseVersion: known.baseVersion ?? statedBase(metadata),
      device: known.device ?? statedDevice(metadata),
      fileBytes: file.length,
    });
    if (outcome.kind === 'invalid') return outcome;

    const data = new Map(tensors.map((tensor) => [tensor.name, tensor.data]));
    const values = layOutUpdate(plan).tensors.map((spec) => ({
      spec,
      values: float32FromLittleEndian(data.get(spec.name) ?? new Uint8Array()),
    }));
    const fault = findDeltaFault(values, plan.update);
    const arrays = values.map((each) => each.values);
    const warnings = isLikelyBigEndian(arrays) ? [BIG_ENDIAN] : [];
    if (fault === undefined) {
      if (arrays.every(isAllZero)) warnings.push(ALL_ZERO);
      warnings.push(...readReport(metadata).leftOut);
      return { kind: 'valid', exampleCount: outcome.exampleCount, warnings };
    }
    const { code, message, tensor, expected } = fault;
    const sentence = [message, ...warnings].join('; ');
    const error = new ObjectInvalidError(sentence, { code, detail: { tensor, expected } });
    return { kind: 'invalid', code, detail: rejectionDetailOf(error) };
  } catch (error) {
    if (!(error instanceof ObjectInvalidError)) throw error;
    return { kind: 'invalid', code: error.code, detail: rejectionDetailOf(error) };
  }
}

function statedBase(metadata: Metadata): number | typeof UNKNOWN_BASE {
  return parseDecimal(metadata['base_version'] ?? '') ?? UNKNOWN_BASE;
}

const UNKNOWN_BASE = "(the number of the round's base version)";

function statedDevice(metadata: Metadata): string {
  const device = metadata['device'] ?? '';
  return isDevicePseudonym(device) ? device : '(the 43 characters that the check-in gave)';
}

function isAllZero(values: Float32Array): boolean {
  return values.every((value) => value === 0);
}

const ALL_ZERO =
  'every number is 0, so the update changes nothing; write trained weights minus base weights, and look whether the training changed them';

const BIG_ENDIAN =
  'the numbers look big-endian: most are implausible as they are and plausible with their bytes swapped; write little-endian float32';

/** True when most numbers other than 0 are tiny or huge, and most would not be in the other byte order. */
function isLikelyBigEndian(tensors: readonly Float32Array[]): boolean {
  let [count, odd, oddSwapped] = [0, 0, 0];
  for (const values of tensors) {
    const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
    for (const [at, value] of values.entries()) {
      if (value === 0) continue;
      count += 1;
      if (!isPlausible(value)) odd += 1;
      if (!isPlausible(view.getFloat32(at * 4, !IS_LITTLE_ENDIAN))) oddSwapped += 1;
    }
  }
  return odd > count * SUSPICIOUS_SHARE && oddSwapped < count * (1 - SUSPICIOUS_SHARE);
}

const IS_LITTLE_ENDIAN: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function isPlausible(value: number): boolean {
  const magnitude = Math.abs(value);
  return magnitude >= TINY && magnitude < 1 / TINY;
}
