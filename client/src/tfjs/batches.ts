/** Local data cut into batches, in a seeded order. */
import * as tf from '@tensorflow/tfjs';
import { describeValue } from '../protocol/json-fault.ts';
import { trainingFailed } from './errors.ts';
import { type Random, shuffledIndices } from './random.ts';

/** All examples as tensors, first axis = example; arrays where a model has several inputs or outputs. */
export interface TensorData {
  readonly xs: tf.Tensor | readonly tf.Tensor[];
  readonly ys: tf.Tensor | readonly tf.Tensor[];
}

/** Single examples, not batches; their tensors are freed once they were used. */
export type DatasetData = tf.data.Dataset<tf.TensorContainer>;

/** Data a device trains on. */
export type LocalData = TensorData | DatasetData;

/** A few examples; whoever takes a batch frees it. */
export interface Batch {
  readonly xs: readonly tf.Tensor[];
  readonly ys: readonly tf.Tensor[];
  readonly size: number;
}

export interface BatchOptions {
  readonly batchSize: number;
  /** Shuffles; without it the data keeps its order. */
  readonly random?: Random | undefined;
}

/**
 * Batches that a dataset is shuffled within. Streams can't be permuted as a whole; 32 batches of
 * examples mix well and fit a phone.
 */
const WINDOW_BATCHES = 32;

function isDataset(data: LocalData): data is DatasetData {
  return data instanceof tf.data.Dataset;
}

/**
 * Refuses what is no data, which untyped code may pass.
 *
 * @throws {@link TrainingFailedError} `training-data-invalid`
 */
export function assertLocalData(data: LocalData): void {
  if (isDataset(data)) return;
  const { xs, ys }: Partial<TensorData> = data ?? {};
  const stray = [xs, ys].flatMap((part) => asList(part)).find((x) => !(x instanceof tf.Tensor));
  if (stray === undefined && xs !== undefined && ys !== undefined) return;
  const got = xs === undefined || ys === undefined ? data : stray;
  const kind =
    typeof got === 'object' || got === undefined ? describeValue(got) : `a ${typeof got}`;
  const message = `Training data holds ${kind}, expected { xs, ys } of tensors or a tf.data.Dataset; convert arrays with tf.tensor`;
  throw trainingFailed('training-data-invalid', message);
}

function asList<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** Layers take `[batch, 1]` for single numbers. */
function withFeatureAxis(x: tf.Tensor): tf.Tensor {
  return x.rank === 1 ? tf.expandDims(x, 1) : x;
}

/** Examples in tensors. @throws {@link TrainingFailedError} `training-data-invalid` when counts differ or are 0. */
function countExamples(data: TensorData): number {
  const counts = [...asList(data.xs), ...asList(data.ys)].map((tensor) => tensor.shape[0] ?? 0);
  const [count = 0] = counts;
  if (count > 0 && counts.every((other) => other === count)) return count;
  const message = `Training data has ${counts.join(', ')} examples in its tensors, expected one number above 0; give xs and ys of equal first axis`;
  throw trainingFailed('training-data-invalid', message);
}

/** Number of batches of one epoch, where the data tells. */
export function batchCountOf(data: LocalData, batchSize: number): number | undefined {
  const size = isDataset(data) ? data.size : countExamples(data);
  return Number.isFinite(size) ? Math.ceil(size / batchSize) : undefined;
}

function* tensorBatches(data: TensorData, options: BatchOptions): Generator<Batch> {
  const count = countExamples(data);
  const { batchSize, random } = options;
  const order = random === undefined ? undefined : shuffledIndices(count, random);
  for (let begin = 0; begin < count; begin += batchSize) {
    const size = Math.min(batchSize, count - begin);
    const take = (x: tf.Tensor): tf.Tensor =>
      tf.tidy(() => {
        const indices = order?.slice(begin, begin + size);
        const rows = indices === undefined ? tf.slice(x, begin, size) : tf.gather(x, indices);
        return withFeatureAxis(rows);
      });
    yield { xs: asList(data.xs).map(take), ys: asList(data.ys).map(take), size };
  }
}

/** Parts of one example of a dataset, all owned by us. */
interface Example {
  readonly xs: readonly tf.Tensor[];
  readonly ys: readonly tf.Tensor[];
}

function partTensors(part: tf.TensorContainer | undefined, name: string): tf.Tensor[] {
  if (part === undefined || part === null) {
    const message = `Dataset element has no ${name}, expected { xs, ys }; map the dataset to that form`;
    throw trainingFailed('training-data-invalid', message);
  }
  const parts = Array.isArray(part) && part[0] instanceof tf.Tensor ? part : [part];
  return parts.map((x) => (x instanceof tf.Tensor ? x : tf.tensor(x as tf.TensorLike)));
}

function toExample(element: tf.TensorContainer): Example {
  const { xs, ys } = element as { xs?: tf.TensorContainer; ys?: tf.TensorContainer };
  return { xs: partTensors(xs, 'xs'), ys: partTensors(ys, 'ys') };
}

function freeExamples(examples: readonly Example[]): void {
  for (const { xs, ys } of examples) tf.dispose([...xs, ...ys]);
}

/** Stacks examples into a batch; the examples stay. */
function stackExamples(examples: readonly Example[]): Batch {
  const stack = (part: 'xs' | 'ys'): tf.Tensor[] =>
    (examples[0]?.[part] ?? []).map((_, i) =>
      tf.tidy(() => {
        const rows = examples.flatMap((example) => example[part][i] ?? []);
        return withFeatureAxis(tf.stack(rows));
      }),
    );
  return { xs: stack('xs'), ys: stack('ys'), size: examples.length };
}

type Elements = Awaited<ReturnType<DatasetData['iterator']>>;

/** Adds up to `count` elements to `examples`; the caller frees them whatever happens here. */
async function pull(elements: Elements, count: number, examples: Example[]): Promise<void> {
  while (examples.length < count) {
    const next = await elements.next();
    if (next.done) return;
    examples.push(toExample(next.value));
  }
}

async function* datasetBatches(data: DatasetData, options: BatchOptions): AsyncGenerator<Batch> {
  const { batchSize, random } = options;
  const elements = await data.iterator();
  for (;;) {
    const window: Example[] = [];
    try {
      await pull(elements, batchSize * WINDOW_BATCHES, window);
      if (window.length === 0) return;
      const order = random === undefined ? undefined : shuffledIndices(window.length, random);
      const ordered = window.map((example, i) => window[order?.[i] ?? i] ?? example);
      for (let begin = 0; begin < ordered.length; begin += batchSize)
        yield stackExamples(ordered.slice(begin, begin + batchSize));
    } finally {
      freeExamples(window);
    }
  }
}

/**
 * One epoch. The order depends on `random` alone, so that the same seed trains on the same batches.
 *
 * @throws {@link TrainingFailedError} `training-data-invalid`
 */
export function batchesOf(data: LocalData, options: BatchOptions): AsyncIterable<Batch> {
  return isDataset(data) ? datasetBatches(data, options) : asAsync(tensorBatches(data, options));
}

async function* asAsync(batches: Generator<Batch>): AsyncGenerator<Batch> {
  yield* batches;
}

/** Frees a batch's tensors. */
export function freeBatch(batch: Batch): void {
  tf.dispose([...batch.xs, ...batch.ys]);
}
