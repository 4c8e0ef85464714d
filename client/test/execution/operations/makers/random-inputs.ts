import * as tf from '@tensorflow/tfjs';

/** Draws valid inputs of operations; the same seed draws the same. */
export class RandomInputs {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Uniform in [0, 1); mulberry32. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Uniform integer, both ends inclusive. */
  int(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  bool(): boolean {
    return this.fraction() < 0.5;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)] as T;
  }

  /** A value, or nothing where the operation has a default. */
  maybe<T>(value: T): T | undefined {
    return this.bool() ? value : undefined;
  }

  /** Sizes from 1 to 4, now and then 0. */
  shape(minRank = 0, maxRank = 4): number[] {
    return Array.from({ length: this.int(minRank, maxRank) }, () =>
      this.fraction() < 0.04 ? 0 : this.int(1, 4),
    );
  }

  /** Sizes from 1. */
  filledShape(minRank = 0, maxRank = 4): number[] {
    return Array.from({ length: this.int(minRank, maxRank) }, () => this.int(1, 4));
  }

  /** Mostly small numbers, now and then one that arithmetic stumbles over. */
  float(): number {
    const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e30];
    if (this.fraction() < 0.02) return this.pick(special);
    return this.int(-400, 400) / 64;
  }

  floats(shape: number[] = this.shape()): tf.Tensor {
    return this.#tensor(shape, 'float32', () => this.float());
  }

  /** Floats in [min, max], all finite. */
  between(min: number, max: number, shape: number[] = this.shape()): tf.Tensor {
    return this.#tensor(shape, 'float32', () => min + this.fraction() * (max - min));
  }

  ints(shape: number[] = this.shape(), min = -9, max = 9): tf.Tensor {
    return this.#tensor(shape, 'int32', () => this.int(min, max));
  }

  bools(shape: number[] = this.shape()): tf.Tensor {
    return this.#tensor(shape, 'bool', () => this.int(0, 1));
  }

  complex(shape: number[]): tf.Tensor {
    return tf.complex(this.between(-2, 2, shape), this.between(-2, 2, shape));
  }

  /** float32, int32 or bool. */
  tensor(shape: number[] = this.shape()): tf.Tensor {
    return this.pick([this.floats, this.floats, this.ints, this.bools]).call(this, shape);
  }

  axis(rank: number): number {
    return this.int(-rank, rank - 1);
  }

  axes(rank: number): number | number[] | undefined {
    if (rank === 0 || this.fraction() < 0.2) return undefined;
    if (this.bool()) return this.axis(rank);
    return Array.from({ length: rank }, (_, axis) => axis).filter(() => this.bool());
  }

  permutation(rank: number): number[] {
    const rest = Array.from({ length: rank }, (_, axis) => axis);
    return Array.from({ length: rank }, () => rest.splice(this.int(0, rest.length - 1), 1)[0] ?? 0);
  }

  /** A shape that broadcasts with another. */
  fitting(shape: readonly number[]): number[] {
    return shape
      .map((size) => (this.fraction() < 0.2 ? 1 : size))
      .slice(this.fraction() < 0.2 ? 1 : 0);
  }

  #tensor(shape: number[], dtype: 'float32' | 'int32' | 'bool', draw: () => number): tf.Tensor {
    const size = shape.reduce((product, length) => product * length, 1);
    return tf.tensor(Array.from({ length: size }, draw), shape, dtype);
  }
}

/** Makes the arguments of an operation, in the order that tfjs takes them. */
export type Maker = (random: RandomInputs) => unknown[];
export type Makers = Readonly<Record<string, Maker>>;
