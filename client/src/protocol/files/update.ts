/** The file a device uploads. */
import { ObjectInvalidError, UpdateRejectedError } from '../errors.ts';
import type { Metrics } from '../fields.ts';
import { UPDATE_FORMAT_VERSION } from '../limits.ts';
import type { TrainingPlan } from '../objects/plan.ts';
import { encodeSafetensors } from '../safetensors/encode.ts';
import { assertNotFrozen, layOutUpdate, orderTensors } from '../tensors/layout.ts';
import type { NamedTensors } from '../tensors/named-tensors.ts';
import { chooseReport } from './choose-metrics.ts';
import { checkUpdateHeader } from './update-header.ts';

/** What one device learnt in one round. */
export interface UpdateContent {
  readonly plan: TrainingPlan;
  /** The version the device trained from. */
  readonly baseVersion: number;
  /** Pseudonym, 43 characters of base64url. */
  readonly device: string;
  /** 1 … 2^53 − 1. */
  readonly exampleCount: number;
  /** What is not a finite number with a short name, or is one of more than 16, is left out. */
  readonly metrics: Metrics;
  /** Trained weights − base weights: every tensor of the plan that is not frozen. */
  readonly delta: NamedTensors;
}

/**
 * Encodes an update; equal content gives equal bytes. What the aggregator would refuse by its header
 * is refused here, before anything is uploaded.
 *
 * @throws {@link UpdateRejectedError} with the code the aggregator would give: `wrong-tensors`,
 * `wrong-dtype`, `wrong-shape`, `example-count`, `no-examples`, `header-too-large`, ….
 */
export function encodeUpdate(content: UpdateContent): Uint8Array<ArrayBuffer> {
  const { plan, baseVersion, device } = content;
  const file = encode(content);
  const outcome = checkUpdateHeader(file, { plan, baseVersion, device, fileBytes: file.length });
  if (outcome.kind === 'valid') return file;
  const { message, ...detail } = outcome.detail;
  throw new UpdateRejectedError(message, { code: outcome.code, detail });
}

function encode(content: UpdateContent): Uint8Array<ArrayBuffer> {
  const { plan, delta } = content;
  try {
    assertNotFrozen(plan, Object.keys(delta));
    return encodeSafetensors({
      tensors: orderTensors(layOutUpdate(plan), delta),
      metadata: metadataOf(content),
    });
  } catch (cause) {
    if (!(cause instanceof ObjectInvalidError)) throw cause;
    const { code, detail } = cause;
    throw new UpdateRejectedError(cause.message, { code, detail, cause });
  }
}

function metadataOf(content: UpdateContent): Readonly<Record<string, string>> {
  return {
    format: UPDATE_FORMAT_VERSION,
    model: content.plan.model,
    base_version: String(content.baseVersion),
    device: content.device,
    example_count: String(content.exampleCount),
    encoding: content.plan.update.encoding,
    metrics: JSON.stringify(chooseReport(content.metrics).metrics),
  };
}
