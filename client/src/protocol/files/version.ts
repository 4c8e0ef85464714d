/** `models/{model}/versions/{version}/model.safetensors`: published weights. */
import { VERSION_FORMAT_VERSION } from '../limits.ts';
import { float32FromLittleEndian } from '../little-endian.ts';
import type { TrainingPlan } from '../objects/plan.ts';
import { encodeSafetensors } from '../safetensors/encode.ts';
import { LENGTH_BYTES, type SafetensorsHeader } from '../safetensors/format.ts';
import { parseSafetensorsHeader } from '../safetensors/parse-header.ts';
import { checkEntries } from '../tensors/check-entries.ts';
import { orderTensors, unflattenTensors } from '../tensors/layout.ts';
import { versionHeaderBytesMax } from './bounds.ts';
import { checkIdentity, type Expected } from './identity.ts';

/** Which version of which model a file is. */
export interface VersionId {
  readonly plan: Pick<TrainingPlan, 'model' | 'tensors'>;
  readonly version: number;
}

/**
 * Encodes a version; equal weights give equal bytes, because a version is a function of the round.
 *
 * @param weights - The model flattened in the plan's order; float32, shape `[elementCount]`.
 * @throws {@link ObjectInvalidError} `size-mismatch`, or as `encodeSafetensors`.
 */
export function encodeVersion(
  content: VersionId & { readonly weights: Float32Array },
): Uint8Array<ArrayBuffer> {
  const { plan, version, weights } = content;
  return encodeSafetensors({
    tensors: orderTensors(plan, unflattenTensors(plan, weights)),
    metadata: { format: VERSION_FORMAT_VERSION, model: plan.model, version: String(version) },
  });
}

/**
 * Decodes a version's file. Inverse of {@link encodeVersion}.
 *
 * @returns The weights flattened in the plan's order; float32, shape `[elementCount]`, a copy.
 * @throws {@link ObjectInvalidError} as {@link parseVersionHeader}.
 */
export function decodeVersion(file: Uint8Array, id: VersionId): Float32Array<ArrayBuffer> {
  const { dataOffset } = parseVersionHeader(file, { ...id, fileBytes: file.length });
  return float32FromLittleEndian(file.subarray(dataOffset));
}

/**
 * Checks that a file is this version of this model, by its first bytes.
 *
 * @param prefix - The file's first `versionHeaderBytesMax(plan)` bytes, or all of a shorter file.
 * @throws {@link ObjectInvalidError} `wrong-format`, `wrong-model`, `wrong-version`, `wrong-tensors`,
 * `wrong-dtype`, `wrong-shape`, or as `parseSafetensorsHeader`.
 */
export function parseVersionHeader(
  prefix: Uint8Array,
  id: VersionId & { readonly fileBytes: number },
): SafetensorsHeader {
  const header = parseSafetensorsHeader(prefix, {
    fileBytes: id.fileBytes,
    headerBytesMax: versionHeaderBytesMax(id.plan) - LENGTH_BYTES,
  });
  checkIdentity(header.metadata, identityOf(id));
  checkEntries(id.plan, header.tensors);
  return header;
}

function identityOf({ plan, version }: VersionId): readonly Expected[] {
  const advice = 'read the file that the plan or the result of the version names';
  return [
    { key: 'format', value: VERSION_FORMAT_VERSION, code: 'wrong-format', advice },
    { key: 'model', value: plan.model, code: 'wrong-model', advice },
    { key: 'version', value: String(version), code: 'wrong-version', advice },
  ];
}
