/** Local data cut into batches, in a seeded order. */
import * as tf from '@tensorflow/tfjs';
import { datasetBatches, withFeatureAxis } from './dataset-batches.ts';
import type { ModelPorts } from './dataset-elements.ts';
import { trainingFailed } from './errors.ts';
import { asList, isDataset, type LocalData, type TensorData } from './local-data.ts';
import { type Random, shuffledIndices } from './random.ts';

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
  /** Of the model the batches are for: they tell columns from inputs, and batches from examples. */
  readonly ports: ModelPorts;
}

/** Examples in tensors. @throws {@link TrainingFailedError} `training-data-invalid` when counts differ or are 0. */
function countExamples(data: TensorData): number {
  const counts = [...asList(data.xs), ...asList(data.ys)].map((tensor) => tensor.shape[0] ?? 0);
  const [count = 0] = counts;
  if (count > 0 && counts.every((other) => other === count)) return count;
  const message = `Training data has ${counts.join(', ')} examples in its tensors, expected one number above 0; give xs and ys of equal first axis`;
  throw trainingFailed('training-data-invalid', message);
}

/** Number of batches of one epoch, where the data tells: a dataset's elements may be batches of any size. */
export function batchCountOf(
  data: LocalData,
  { batchSize, isFixed }: { readonly batchSize: number; readonly isFixed: boolean },
): number | undefined {
  if (isDataset(data)) return undefined;
  const batches = countExamples(data) / batchSize;
  return isFixed ? Math.floor(batches) : Math.ceil(batches);
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
