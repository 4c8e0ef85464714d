import * as tf from '@tensorflow/tfjs';
import { RandomInputs } from '../operations/makers/random-inputs.ts';

/** Distance that values keep from integers and halves, where roundings and thresholds jump. */
const JUMP_DISTANCE = 0.08;

/**
 * Draws inputs at which operations are smooth: finite, away from 0 and other thresholds, and no two of
 * a tensor close to each other, so that no small step changes which of them is the largest.
 */
export class SmoothInputs extends RandomInputs {
  /** Longest step along any element that meets no threshold; falls with the largest tensor drawn. */
  stepMax = 1 / 64;

  /** Floats that keep away from 0, on both sides of it or above. */
  nonZero(shape: number[], min = 0.4, max = 2.5, isSigned = true): tf.Tensor {
    const values = this.between(min, max, shape);
    if (!isSigned) return values;
    const signs = this.#signs(shape);
    return tf.mul(values, signs);
  }

  #signs(shape: number[]): tf.Tensor {
    const size = shape.reduce((product, length) => product * length, 1);
    return tf.tensor(
      Array.from({ length: size }, () => (this.bool() ? 1 : -1)),
      shape,
    );
  }

  override shape(minRank = 0, maxRank = 4): number[] {
    return this.filledShape(minRank, maxRank);
  }

  override filledShape(minRank = 0, maxRank = 4): number[] {
    return Array.from({ length: this.int(minRank, maxRank) }, () => this.int(1, 3));
  }

  override float(): number {
    return awayFromJumps(-2.5 + 5 * this.fraction());
  }

  override floats(shape: number[] = this.shape()): tf.Tensor {
    return this.between(-2.5, 2.5, shape);
  }

  /** Places on an even grid, in random order. */
  override between(min: number, max: number, shape: number[] = this.shape()): tf.Tensor {
    const size = shape.reduce((product, length) => product * length, 1);
    const spacing = (max - min) / size;
    // Pushing away from jumps may bring two of the grid this close.
    this.stepMax = Math.min(this.stepMax, spacing / 24);
    const jitter = 0.5 + 0.2 * (this.fraction() - 0.5);
    const values = this.permutation(size).map((place) =>
      awayFromJumps(min + (place + jitter) * spacing),
    );
    return tf.tensor(values, shape, 'float32');
  }

  /** float32 for the most part: nothing else has a gradient. */
  override tensor(shape: number[] = this.shape()): tf.Tensor {
    return this.fraction() < 0.9 ? this.floats(shape) : this.ints(shape);
  }
}

/** Squeezes a number out of the neighbourhood of the nearest multiple of a half, keeping the order. */
function awayFromJumps(value: number): number {
  const halves = Math.floor(value * 2) / 2;
  const within = (value - halves) / 0.5;
  return halves + JUMP_DISTANCE + within * (0.5 - 2 * JUMP_DISTANCE);
}
