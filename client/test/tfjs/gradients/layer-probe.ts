/** A layer to differentiate: between a weight that stands for its input, and a loss. */
import type * as tf from '@tensorflow/tfjs';
import type { Draw } from './draw.ts';

export interface LayerProbe {
  /** Shapes of the layer's inputs, without the batch. */
  readonly shapes: readonly (readonly number[])[];
  readonly layer: tf.layers.Layer;
  /** Inputs are integers from 0, below it; no gradient reaches them. */
  readonly integersBelow?: number;
}

export type LayerMaker = (draw: Draw) => LayerProbe;
