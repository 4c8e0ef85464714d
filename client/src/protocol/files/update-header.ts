/** Judging an update by its first bytes, before it is sealed. */
import { ObjectInvalidError } from '../errors.ts';
import type { Metrics, RejectionDetail } from '../fields.ts';
import { UPDATE_FORMAT_VERSION } from '../limits.ts';
import type { TrainingPlan } from '../objects/plan.ts';
import { LENGTH_BYTES } from '../safetensors/format.ts';
import { parseSafetensorsHeader } from '../safetensors/parse-header.ts';
import { checkEntries } from '../tensors/check-entries.ts';
import { assertNotFrozen, layOutUpdate } from '../tensors/layout.ts';
import { updateBytesMax, updateHeaderBytesMax } from './bounds.ts';
import { checkIdentity, type Expected } from './identity.ts';
import { rejectionDetailOf } from './rejection-detail.ts';
import { readExampleCount, readMetrics } from './update-metadata.ts';

/** What an update has to be, from sources its author does not control. */
export interface UpdateExpectation {
  readonly plan: TrainingPlan;
  /** Words in brackets where it is not known, which no metadata equals. */
  readonly baseVersion: number | `(${string})`;
  /** The pseudonym in the update's key. */
  readonly device: string;
  /** Length of the stored object. */
  readonly fileBytes: number;
}

/** What an update's header comes to; `code` and `detail` go into the seal. */
export type UpdateHeaderOutcome =
  | {
      readonly kind: 'valid';
      /** 1 … 2^53 − 1, as the device states it. */
      readonly exampleCount: number;
      readonly metrics: Metrics;
      /** Where the data section begins in the file. */
      readonly dataOffset: number;
    }
  | { readonly kind: 'invalid'; readonly code: string; readonly detail: RejectionDetail };

/**
 * Checks everything of an update but its numbers. Whatever the bytes are, the outcome is a value.
 *
 * @param prefix - The file's first `updateHeaderBytesMax(plan)` bytes, or all of a shorter file.
 * @throws RangeError when `prefix` is a short read and ends inside the header: that is no fault of the update.
 */
export function checkUpdateHeader(
  prefix: Uint8Array,
  expected: UpdateExpectation,
): UpdateHeaderOutcome {
  try {
    return judge(prefix, expected);
  } catch (error) {
    if (!(error instanceof ObjectInvalidError)) throw error;
    return { kind: 'invalid', code: error.code, detail: rejectionDetailOf(error) };
  }
}

function judge(prefix: Uint8Array, expected: UpdateExpectation): UpdateHeaderOutcome {
  const { plan, fileBytes } = expected;
  const bytesMax = updateBytesMax(plan);
  if (fileBytes > bytesMax) {
    throw new ObjectInvalidError(
      `Update has ${fileBytes} bytes, expected at most ${bytesMax}; send only the plan's tensors that are not frozen, as F32`,
      {
        code: 'update-too-large',
        detail: { expected: `at most ${bytesMax} bytes`, got: `${fileBytes} bytes` },
      },
    );
  }
  const { metadata, tensors, dataOffset } = parseSafetensorsHeader(prefix, {
    fileBytes,
    headerBytesMax: updateHeaderBytesMax(plan) - LENGTH_BYTES,
  });
  checkIdentity(metadata, identityOf(expected));
  assertNotFrozen(
    plan,
    tensors.map(({ name }) => name),
  );
  checkEntries(layOutUpdate(plan), tensors);
  const exampleCount = readExampleCount(metadata);
  return { kind: 'valid', exampleCount, metrics: readMetrics(metadata), dataOffset };
}

function identityOf(expectation: UpdateExpectation): readonly Expected[] {
  return metadataOf(expectation).map((expected) => ({
    ...expected,
    adviceIfMissing: `write the metadata key ${expected.key}, a text`,
  }));
}

function metadataOf({ plan, baseVersion, device }: UpdateExpectation): readonly Expected[] {
  return [
    {
      key: 'format',
      value: UPDATE_FORMAT_VERSION,
      code: 'wrong-format',
      advice: 'use a client of the same protocol version',
    },
    {
      key: 'model',
      value: plan.model,
      code: 'wrong-model',
      advice: 'send each update to its own model',
    },
    {
      key: 'base_version',
      value: String(baseVersion),
      code: 'wrong-base',
      advice: 'train from the base version of the round',
    },
    {
      key: 'device',
      value: device,
      code: 'wrong-device',
      advice: 'state the pseudonym that the check-in gave',
    },
    {
      key: 'encoding',
      value: plan.update.encoding,
      code: 'wrong-encoding',
      advice: "use the plan's encoding",
    },
  ];
}
