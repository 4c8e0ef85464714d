/** A model version as the files `tf.loadLayersModel` reads. */
import * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../protocol/index.ts';
import { architectureOf } from './architecture.ts';
import { assertDistinctNames } from './distinct-names.ts';
import { assertModel } from './model-source.ts';
import { matchWeights } from './weights.ts';

/** Files of a tfjs layers model; keep them in one folder. */
export interface TfjsFiles {
  readonly 'model.json': Uint8Array<ArrayBuffer>;
  /** Weights in the manifest's order, little-endian. */
  readonly 'weights.bin': Uint8Array<ArrayBuffer>;
}

function concatenated(parts: readonly Float32Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset);
    offset += part.byteLength;
  }
  return bytes;
}

/**
 * Writes `weights` with the topology of `model`, whose own weights don't matter and don't change.
 *
 * @throws {@link TrainingFailedError} `weights-mismatch`; `architecture-invalid` for two weights of one name;
 * `TypeError` for an architecture, or anything else that is not a layers model.
 * @see https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts ModelJSON
 */
export function exportTfjs(model: tf.LayersModel, weights: NamedTensors): TfjsFiles {
  assertModel(model);
  assertDistinctNames(model);
  const matched = matchWeights(model, weights);
  const manifest = {
    paths: ['weights.bin'],
    weights: matched.map(({ variable, tensor }) => ({
      // tfjs finds weights by the name their layer gave them, not by ours.
      name: variable.originalName,
      shape: tensor.shape,
      dtype: 'float32',
    })),
  };
  const modelJson = {
    format: 'layers-model',
    generatedBy: `TensorFlow.js tfjs-layers v${tf.version_layers}`,
    convertedBy: null,
    modelTopology: architectureOf(model),
    weightsManifest: [manifest],
  };
  return {
    'model.json': new TextEncoder().encode(JSON.stringify(modelJson)),
    'weights.bin': concatenated(matched.map(({ tensor }) => tensor.data)),
  };
}
