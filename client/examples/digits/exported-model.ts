import { createHash } from 'node:crypto';
import type { TrainingPlan } from '@tributary/client';
import { encodeVersion, flattenTensors, type NamedTensors } from '@tributary/client/protocol';
import { exportTfjs, modelFromArchitecture } from '@tributary/client/tfjs';

/** A model version as files other programs read. */
export interface ExportedModel {
  /** By name. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** SHA-256 of `model.safetensors`, lower-case hex; the same as that of the published file. */
  readonly sha256: string;
}

/** Exports a version for safetensors readers and for `tf.loadLayersModel`. */
export async function exportModel(
  plan: TrainingPlan,
  { version, weights }: { readonly version: number; readonly weights: NamedTensors },
): Promise<ExportedModel> {
  const safetensors = encodeVersion({ plan, version, weights: flattenTensors(plan, weights) });
  const model = await modelFromArchitecture(plan.architecture);
  try {
    return {
      files: { 'model.safetensors': safetensors, ...exportTfjs(model, weights) },
      sha256: createHash('sha256').update(safetensors).digest('hex'),
    };
  } finally {
    model.dispose();
  }
}
