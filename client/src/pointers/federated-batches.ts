import { seedAt } from '../execution/index.ts';
import { describeValue } from '../protocol/json-fault.ts';
import { assertOptionNames } from '../protocol/option-names.ts';
import { LOADER } from './habits/dataset-habits.ts';
import { guard } from './habits/guard.ts';
import { PointerMisuseError } from './misuse.ts';
import type { PointerTensor } from './pointer-tensor.ts';
import { drawSeed } from './seed.ts';
import { leavesOf, mapLeaves } from './structure.ts';

/** How {@link FederatedDataset.batches} goes through the examples. */
export interface BatchOptions {
  /** Examples of a batch, at most; an integer from 1. The last batch of a worker may have fewer. */
  readonly batchSize: number;
  /** True takes each worker's examples in a random order, another one each time they are gone through. @default false */
  readonly shuffle?: boolean | undefined;
  /** An integer from 0 to 2^32 − 1: the same gives the same order. @default drawn */
  readonly seed?: number | undefined;
  /** True leaves out a last batch that has fewer examples than others. @default false */
  readonly dropLast?: boolean | undefined;
}

/**
 * Batches of the examples of several workers. Each is made when it is asked for, as new pointers in the
 * structure of a part: `hook.tidy` gives them up.
 *
 * @typeParam Part - As of {@link FederatedDataset}.
 */
export class FederatedBatches<Part> implements Iterable<Part> {
  readonly #parts: readonly Part[];
  readonly #options: BatchOptions;

  /**
   * @internal
   * @throws TypeError for unknown options and values of another kind.
   */
  constructor(parts: readonly Part[], options: BatchOptions) {
    const names = { batchSize: true, shuffle: true, seed: true, dropLast: true } as const;
    assertOptionNames('batches', options, names);
    const { batchSize } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new PointerMisuseError(
        `batches() got batchSize ${describeValue(batchSize)}, expected an integer from 1`,
      );
    }
    this.#parts = parts;
    this.#options = { ...options };
  }

  /** Count of the batches of all workers. */
  get size(): number {
    const { batchSize, dropLast = false } = this.#options;
    return this.#parts.reduce((sum, part) => {
      const count = rowCount(part) / batchSize;
      return sum + (dropLast ? Math.floor(count) : Math.ceil(count));
    }, 0);
  }

  /** Goes through all batches, worker after worker. */
  *[Symbol.iterator](): Iterator<Part> {
    const { batchSize, shuffle = false, seed = drawSeed(), dropLast = false } = this.#options;
    for (const [place, part] of this.#parts.entries()) {
      const order = shuffle ? shuffled(rowCount(part), seedAt(seed, place)) : undefined;
      yield* batchesOf(part, { batchSize, order, dropLast });
    }
  }
}

/** Count of the examples that a worker has. */
export function rowCount(part: unknown): number {
  const [first] = leavesOf(part) as PointerTensor[];
  return first?.shape?.[0] ?? 0;
}

interface Cut {
  readonly batchSize: number;
  /** Rows in the order in which they come. @default as they are */
  readonly order: readonly number[] | undefined;
  readonly dropLast: boolean;
}

function* batchesOf<Part>(part: Part, { batchSize, order, dropLast }: Cut): Generator<Part> {
  const rows = rowCount(part);
  for (let begin = 0; begin < rows; begin += batchSize) {
    const length = Math.min(batchSize, rows - begin);
    if (dropLast && length < batchSize) return;
    yield mapLeaves(part, (leaf) => {
      const pointer = leaf as PointerTensor;
      return order === undefined
        ? pointer.slice([begin], [length])
        : pointer.gather(order.slice(begin, begin + length));
    }) as Part;
  }
}

/** The numbers below `count` in an order that a seed decides: Fisher and Yates' shuffle. */
function shuffled(count: number, seed: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor((seedAt(seed, last) / 2 ** 32) * (last + 1));
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  return order;
}

guard(FederatedBatches, LOADER);
