import type { DownloadedVersion } from '../device/download.ts';
import {
  encodeVersion,
  flattenTensors,
  layOutModel,
  littleEndianBytes,
  type TrainingPlan,
} from '../protocol/index.ts';
import { encodePlanFile, PLAN_FILE } from './plan-file.ts';
import { loadTfjs } from './tfjs-loading.ts';

/** What `model export` writes. */
export const EXPORT_FORMATS = ['safetensors', 'tfjs'] as const;

/** One of {@link EXPORT_FORMATS}. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/**
 * A model version as files, by name.
 *
 * @throws {@link CliError} `tfjs-missing`; what `exportTfjs` throws.
 */
export async function exportFiles(
  format: ExportFormat,
  plan: TrainingPlan,
  { version, weights }: DownloadedVersion,
): Promise<Readonly<Record<string, Uint8Array>>> {
  const planFile = { [PLAN_FILE]: encodePlanFile(plan) };
  if (format === 'safetensors') {
    const flat = flattenTensors(plan, weights);
    return { 'model.safetensors': encodeVersion({ plan, version, weights: flat }), ...planFile };
  }
  return { ...(await tfjsFiles(plan, weights)), ...planFile };
}

async function tfjsFiles(
  plan: TrainingPlan,
  weights: DownloadedVersion['weights'],
): Promise<Readonly<Record<string, Uint8Array>>> {
  if (plan.architecture === null) return weightsOnly(plan, weights);
  const { ours } = await loadTfjs();
  const model = await ours.modelFromArchitecture(plan.architecture);
  try {
    return { ...ours.exportTfjs(model, weights) };
  } finally {
    model.dispose();
  }
}

/**
 * A plan without an architecture leaves no model to rebuild: weights and their manifest, as
 * `tf.io.loadWeights` takes them.
 *
 * @see https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts WeightsManifestConfig
 */
function weightsOnly(
  plan: TrainingPlan,
  weights: DownloadedVersion['weights'],
): Readonly<Record<string, Uint8Array>> {
  const { tensors } = layOutModel(plan);
  const manifest = [
    {
      paths: ['weights.bin'],
      weights: tensors.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
    },
  ];
  return {
    'weights_manifest.json': new TextEncoder().encode(JSON.stringify(manifest)),
    'weights.bin': littleEndianBytes(flattenTensors(plan, weights)),
  };
}
