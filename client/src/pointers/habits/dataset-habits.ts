/** Names that people know of the datasets and loaders of PyTorch, PySyft and tf.data. */
import type { Guard } from './guard.ts';

const BATCHES = 'write for (const [x, y] of dataset.batches({ batchSize: 32 }))';
const SHUFFLING = 'write batches({ batchSize: 32, shuffle: true })';
const MAPPING = 'compute with the pointers of each batch, or with those of dataset.parts before';
const ORDER = 'write for (const [x, y] of batches), or [...batches][0]';

/** How datasets are guarded. */
export const DATASET: Guard = {
  what: 'A dataset',
  advice: {
    batch: 'write batches({ batchSize: 32 })',
    collate: MAPPING,
    columnNames: MAPPING,
    concatenate: 'write hook.dataset([...a.parts, ...b.parts]), one part for each worker',
    federate: 'it is dealt out already; of local tensors hook.federate(tensors, workers) makes one',
    filter: MAPPING,
    forEach: BATCHES,
    forEachAsync: BATCHES,
    get: 'await get() of the pointers in dataset.parts',
    get_dataset: 'write at(worker)',
    iterator: BATCHES,
    length: 'read size, the count of all examples',
    map: MAPPING,
    prefetch: 'batches are made when they are asked for: leave it out',
    repeat: 'go through batches({ batchSize: 32 }) once for each epoch',
    shuffle: SHUFFLING,
    skip: 'slice the pointers of dataset.parts',
    take: 'slice the pointers of dataset.parts',
    toArray: BATCHES,
  },
  advise: (name) =>
    /^-?\d+$/.test(name)
      ? `write dataset.parts[${name}] for the examples of one worker`
      : undefined,
  otherwise: `it has parts, workers, size, at, batches and dispose: ${BATCHES}`,
  refuseSetting: () => 'datasets never change: make another with hook.dataset(parts)',
  takes: {
    at: [1, 'write hook.dataset([a.parts[0], b.parts[0]]) for several workers'],
    batches: [1, 'its options are one object: batches({ batchSize: 32, shuffle: true })'],
    dispose: [0],
  },
};

/** What a dataset says when it is gone through itself. */
export const DATASET_ITERATION: string = `A dataset is not gone through itself; ${BATCHES}`;

/** How the batches of a dataset are guarded. */
export const LOADER: Guard = {
  what: 'A list of batches',
  advice: {
    batch_size: 'it is the option batchSize of dataset.batches',
    dataset: 'keep the dataset that batches() was called of',
    filter: ORDER,
    forEach: ORDER,
    forEachAsync: ORDER,
    iterator: ORDER,
    length: 'read size, the count of batches',
    map: ORDER,
    next: ORDER,
    shuffle: 'it is an option of dataset.batches: { batchSize: 32, shuffle: true }',
    toArray: ORDER,
  },
  advise: (name) => (/^-?\d+$/.test(name) ? ORDER : undefined),
  otherwise: `it has size, and is gone through: ${ORDER}`,
  refuseSetting: () => 'batches never change: call dataset.batches again',
};
