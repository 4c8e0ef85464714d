/** How long a plan's files can be at most, so that lengths are judged before bytes are. */
import {
  HEADER_BYTES_MAX,
  OBJECT_BYTES_MAX,
  TENSOR_RANK_MAX,
  UPDATE_FORMAT_VERSION,
  UPDATE_METADATA_BYTES_MAX,
} from '../limits.ts';
import type { TrainingPlan } from '../objects/plan.ts';
import { ALIGNMENT, encodeSafetensorsHeader } from '../safetensors/encode.ts';
import { LENGTH_BYTES } from '../safetensors/format.ts';
import {
  ELEMENT_BYTES,
  layOutModel,
  layOutUpdate,
  type PlanTensors,
  type TensorLayout,
} from '../tensors/layout.ts';

/** Characters of a device's pseudonym. */
const DEVICE_LENGTH = 43;

/** `\u0000`: the longest JSON spelling of one UTF-16 unit of a name. */
const NAME_UNIT_BYTES_MAX = 6;

/** Member names, quotes, brackets and spaces of one entry, with two offsets of 16 digits: 96, rounded up. */
const ENTRY_BYTES_MAX = 128;

/** A dimension's 16 digits with comma and space, rounded up. */
const DIMENSION_BYTES_MAX = 20;

/**
 * Most bytes of an update's length and header together: all that is read of it before it is sealed.
 * Metadata of 16 KiB and any JSON writer's spelling of the update's tensors fit.
 */
export function updateHeaderBytesMax(plan: PlanTensors): number {
  return headerBytesMax(layOutUpdate(plan));
}

/** Most bytes of an update; a slot for more is refused before any byte is uploaded. */
export function updateBytesMax(plan: PlanTensors): number {
  return fileBytesMax(layOutUpdate(plan));
}

/**
 * Least bytes of an update: all numbers, and the shortest header that any JSON writer could give it.
 *
 * @throws {@link ObjectInvalidError} as {@link encodeSafetensorsHeader}.
 */
export function updateBytesMin(plan: Pick<TrainingPlan, 'model' | 'tensors'>): number {
  return leastBytes(plan, {
    format: UPDATE_FORMAT_VERSION,
    model: plan.model,
    base_version: '0',
    device: '_'.repeat(DEVICE_LENGTH),
    example_count: '1',
    encoding: 'f32',
  });
}

/**
 * Least bytes of a file with the update's tensors and no metadata, which is no update: a length from
 * here to {@link updateBytesMin} tells that metadata is missing.
 *
 * @throws {@link ObjectInvalidError} as {@link encodeSafetensorsHeader}.
 */
export function tensorsBytesMin(plan: PlanTensors): number {
  return leastBytes(plan, undefined);
}

function leastBytes(
  plan: PlanTensors,
  metadata: Readonly<Record<string, string>> | undefined,
): number {
  const { tensors, elementCount } = layOutUpdate(plan);
  const header = encodeSafetensorsHeader({ tensors, metadata });
  // Our writer pads the header to a multiple of 8, others need not.
  return header.length - (ALIGNMENT - 1) + elementCount * ELEMENT_BYTES;
}

/** Most bytes of a version file's length and header together. */
export function versionHeaderBytesMax(plan: PlanTensors): number {
  return headerBytesMax(layOutModel(plan));
}

/** Most bytes of a version file. */
export function versionBytesMax(plan: PlanTensors): number {
  return fileBytesMax(layOutModel(plan));
}

function headerBytesMax({ tensors }: TensorLayout): number {
  const entryBytes = tensors.reduce(
    (sum, { name, shape }) =>
      sum +
      name.length * NAME_UNIT_BYTES_MAX +
      Math.min(shape.length, TENSOR_RANK_MAX) * DIMENSION_BYTES_MAX +
      ENTRY_BYTES_MAX,
    0,
  );
  return LENGTH_BYTES + Math.min(UPDATE_METADATA_BYTES_MAX + entryBytes, HEADER_BYTES_MAX);
}

function fileBytesMax(layout: TensorLayout): number {
  const dataBytes = layout.elementCount * ELEMENT_BYTES;
  return Math.min(headerBytesMax(layout) + dataBytes, OBJECT_BYTES_MAX);
}
