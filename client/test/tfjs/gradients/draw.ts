/** Draws configurations of layers; the same seed draws the same. */
import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '../../../src/tfjs/random.ts';

export class Draw {
  readonly #random: () => number;
  #initializers: number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#initializers = seed * 1000;
  }

  /** Uniform integer, both ends inclusive. */
  int(min: number, max: number): number {
    return min + Math.floor(this.#random() * (max - min + 1));
  }

  bool(): boolean {
    return this.#random() < 0.5;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)] as T;
  }

  sizes(count: number, min: number, max: number): number[] {
    return Array.from({ length: count }, () => this.int(min, max));
  }

  pair(min: number, max: number): [number, number] {
    return [this.int(min, max), this.int(min, max)];
  }

  triple(min: number, max: number): [number, number, number] {
    return [this.int(min, max), this.int(min, max), this.int(min, max)];
  }

  initializer(): ReturnType<typeof tf.initializers.randomUniform> {
    this.#initializers += 1;
    return tf.initializers.randomUniform({ minval: -0.6, maxval: 0.6, seed: this.#initializers });
  }

  /** An activation without a kink at 0, or any. */
  activation(): (typeof ACTIVATIONS)[number] {
    return this.pick(ACTIVATIONS);
  }
}

export const ACTIVATIONS = [
  'elu',
  'hardSigmoid',
  'linear',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'softmax',
  'softplus',
  'softsign',
  'tanh',
  'swish',
  'mish',
  'gelu',
  'gelu_new',
] as const;
