/** Batches of a dataset, shuffled within a window. */
import * as tf from '@tensorflow/tfjs';
import { cleanCause } from '../protocol/without-values.ts';
import type { Batch, BatchOptions } from './batches.ts';
import { type Example, type ModelPorts, toExamples } from './dataset-elements.ts';
import { TrainingFailedError, trainingFailed } from './errors.ts';
import type { DatasetData } from './local-data.ts';
import { shuffledIndices } from './random.ts';

/**
 * Batches that a dataset is shuffled within. Streams can't be permuted as a whole; 32 batches of
 * examples mix well and fit a phone.
 */
const WINDOW_BATCHES = 32;

function freeExamples(examples: readonly Example[]): void {
  for (const { xs, ys } of examples) tf.dispose([...xs, ...ys]);
}

/** Layers take `[batch, 1]` for single numbers. */
export function withFeatureAxis(x: tf.Tensor): tf.Tensor {
  return x.rank === 1 ? tf.expandDims(x, 1) : x;
}

/** @throws {@link TrainingFailedError} `training-data-invalid` for examples of different shapes. */
function assertEven(examples: readonly Example[], part: 'xs' | 'ys'): void {
  const shapes = examples.map((example) =>
    example[part].map(({ shape }) => `[${shape}]`).join(' '),
  );
  const odd = shapes.find((shape) => shape !== shapes[0]);
  if (odd === undefined) return;
  const message = `Dataset has ${part} of the shapes ${shapes[0]} and ${odd}, expected one; resize or pad the examples`;
  throw trainingFailed('training-data-invalid', message);
}

/** Stacks examples into a batch; the examples stay. */
function stackExamples(examples: readonly Example[]): Batch {
  const stack = (part: 'xs' | 'ys'): tf.Tensor[] => {
    assertEven(examples, part);
    return (examples[0]?.[part] ?? []).map((_, i) =>
      tf.tidy(() => {
        const rows = examples.flatMap((example) => example[part][i] ?? []);
        return withFeatureAxis(tf.stack(rows));
      }),
    );
  };
  return { xs: stack('xs'), ys: stack('ys'), size: examples.length };
}

type Elements = Awaited<ReturnType<DatasetData['iterator']>>;

/** What the dataset itself throws may quote what it reads. */
async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof TrainingFailedError) throw error;
    const kind = error instanceof Error ? error.name : typeof error;
    const message = `Dataset failed while it was read (${kind}); see the cause`;
    throw trainingFailed('training-data-invalid', message, cleanCause(error));
  }
}

/** Adds up to `count` examples to `waiting`, or a few more; the caller frees them whatever happens here. */
async function pull(
  elements: Elements,
  count: number,
  waiting: Example[],
  ports: ModelPorts,
): Promise<void> {
  while (waiting.length < count) {
    const next = await reading(() => elements.next());
    if (next.done) return;
    waiting.push(...toExamples(next.value, ports));
  }
}

/** One epoch of a dataset. */
export async function* datasetBatches(
  data: DatasetData,
  { batchSize, random, ports }: BatchOptions,
): AsyncGenerator<Batch> {
  const elements = await reading(() => data.iterator());
  const waiting: Example[] = [];
  const windowSize = batchSize * WINDOW_BATCHES;
  try {
    for (;;) {
      await pull(elements, windowSize, waiting, ports);
      const window = waiting.splice(0, windowSize);
      if (window.length === 0) return;
      yield* windowBatches(window, { batchSize, random });
    }
  } finally {
    freeExamples(waiting);
  }
}

/** A window's batches, shuffled; frees its examples. */
function* windowBatches(
  window: readonly Example[],
  { batchSize, random }: Pick<BatchOptions, 'batchSize' | 'random'>,
): Generator<Batch> {
  try {
    const order = random === undefined ? undefined : shuffledIndices(window.length, random);
    const ordered = window.map((example, i) => window[order?.[i] ?? i] ?? example);
    for (let begin = 0; begin < ordered.length; begin += batchSize)
      yield stackExamples(ordered.slice(begin, begin + batchSize));
  } finally {
    freeExamples(window);
  }
}
