/** Judging an update by its length, before a byte of it is sent. */
import {
  layOutUpdate,
  RequestRefusedError,
  type TrainingPlan,
  tensorsBytesMin,
  updateBytesMax,
  updateBytesMin,
  updateHeaderBytesMax,
} from '@tributary/client/protocol';

/** Metadata that every update has; `metrics` are optional. */
const METADATA_KEYS = 'format, model, base_version, device, example_count and encoding';

/** F64, and F16 or BF16: bytes more for each number than F32 has. */
const F64_MORE = 4;
const F16_MORE = -2;

/**
 * Refuses a length that no update of this plan can have, with any content.
 *
 * @throws {@link RequestRefusedError} `update-too-small`, `update-too-large`.
 */
export function checkUpdateSize(plan: TrainingPlan, bytes: number): void {
  const bytesMin = updateBytesMin(plan);
  const bytesMax = updateBytesMax(plan);
  if (bytes >= bytesMin && bytes <= bytesMax) return;

  const { tensors, elementCount } = layOutUpdate(plan);
  const sent = tensors.length < plan.tensors.length ? 'tensors that are not frozen' : 'tensors';
  const causes = likelyCauses(plan, { bytes, bytesMin, bytesMax, elementCount });
  const hint = causes.length === 0 ? '' : `; by its length, ${causes.join(', or ')}`;
  throw new RequestRefusedError(
    `Update has ${bytes} bytes, expected ${bytesMin} to ${bytesMax} for model ${plan.model}; send a safetensors file of exactly the plan's ${tensors.length} ${sent}, ${elementCount} numbers as F32 (4 bytes each), with the metadata ${METADATA_KEYS}${hint}`,
    {
      code: bytes < bytesMin ? 'update-too-small' : 'update-too-large',
      detail: { bytes, bytesMin, bytesMax },
    },
  );
}

interface Sizes {
  readonly bytes: number;
  readonly bytesMin: number;
  readonly bytesMax: number;
  readonly elementCount: number;
}

/** Says what would make a file of that length, where the length tells. */
function likelyCauses(plan: TrainingPlan, sizes: Sizes): readonly string[] {
  const { bytes, bytesMin, bytesMax } = sizes;
  const causes: string[] = [];
  if (bytes < bytesMin && bytes >= tensorsBytesMin(plan)) {
    causes.push('it has no metadata, or not all of it');
  }
  if (isOfWidth(F64_MORE, sizes)) causes.push('its numbers may be F64 (8 bytes each)');
  if (isOfWidth(F16_MORE, sizes)) causes.push('its numbers may be F16 or BF16 (2 bytes each)');
  if (bytes > bytesMax) {
    const headerMax = updateHeaderBytesMax(plan);
    causes.push(
      `its header or metadata may be too long, or it has other tensors also (the header has at most ${headerMax} bytes)`,
    );
  }
  return causes;
}

/** True for a length that such numbers would have in a file with all metadata. */
function isOfWidth(
  more: typeof F64_MORE | typeof F16_MORE,
  { bytes, bytesMin, bytesMax, elementCount }: Sizes,
): boolean {
  return bytes >= bytesMin + more * elementCount && bytes <= bytesMax + more * elementCount;
}
