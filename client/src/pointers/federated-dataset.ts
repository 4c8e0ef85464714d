import type { Tensor } from '@tensorflow/tfjs';
import { seedAt } from '../execution/index.ts';
import { describeValue } from '../protocol/json-fault.ts';
import { assertOptionNames } from '../protocol/option-names.ts';
import { commonLocation, refuseChains } from './collocation.ts';
import { PointerMisuseError } from './misuse.ts';
import { checkDistinct, MultiPointerTensor } from './multi-pointer-tensor.ts';
import { PointerTensor } from './pointer-tensor.ts';
import { RemoteWorker } from './remote-worker.ts';
import { drawSeed } from './seed.ts';
import type { SendOptions } from './send.ts';
import { isBranch, leavesOf, mapLeaves } from './structure.ts';
import type { TensorHook } from './tensor-hook.ts';

/** How {@link FederatedDataset.batches} goes through the examples. */
export interface BatchOptions {
  /** Examples of a batch, at most; an integer from 1. The last batch of a worker may have fewer. */
  readonly batchSize: number;
  /** True takes each worker's examples in a random order, another one each time. @default false */
  readonly shuffle?: boolean | undefined;
  /** An integer from 0 to 2^32 − 1: the same gives the same order. @default drawn */
  readonly seed?: number | undefined;
  /** True leaves out a last batch that has fewer examples than others. @default false */
  readonly dropLast?: boolean | undefined;
}

/** Pointers where local tensors were. */
export type Sent<T> = T extends Tensor
  ? PointerTensor
  : T extends object
    ? { [Key in keyof T]: Sent<T[Key]> }
    : T;

/** Pointers where multi-pointers may be. */
export type AtOne<T> = T extends MultiPointerTensor
  ? PointerTensor
  : T extends PointerTensor
    ? T
    : T extends object
      ? { [Key in keyof T]: AtOne<T[Key]> }
      : T;

/**
 * Examples at several workers: of each worker the tensors of its examples, such as inputs and targets,
 * along whose first dimension the examples lie.
 *
 * @typeParam Part - A pointer, or an array or plain object of pointers.
 */
export class FederatedDataset<Part = readonly PointerTensor[]> {
  /** The examples of each worker. */
  readonly parts: readonly Part[];
  /** The workers, in the order of their parts. */
  readonly workers: readonly RemoteWorker[];

  /**
   * @internal
   * @throws TypeError when a part has no examples to count, or two are at one worker.
   */
  constructor(parts: readonly Part[]) {
    this.workers = parts.map(workerOf);
    const ids = this.workers.map(({ id }) => id);
    if (new Set(ids).size < ids.length) {
      throw new PointerMisuseError(
        `A dataset got two parts at one worker (${ids.join(', ')}), expected one each; put tensors that belong together into one part: hook.dataset([[x, y], …])`,
      );
    }
    this.parts = freezeBranches(mapLeaves(parts, (leaf) => leaf)) as readonly Part[];
    Object.freeze(this.workers);
  }

  /** Count of all examples. */
  get size(): number {
    return this.parts.reduce((sum, part) => sum + rowsOf(part), 0);
  }

  /** The examples of one worker. */
  at(worker: RemoteWorker): FederatedDataset<Part> {
    const index = this.workers.findIndex(({ id }) => id === worker?.id);
    if (index < 0) {
      throw new PointerMisuseError(
        `The dataset has no examples at ${worker?.id ?? describeValue(worker)}; its workers are ${this.workers.map(({ id }) => id).join(', ')}`,
      );
    }
    return new FederatedDataset([this.parts[index] as Part]);
  }

  /**
   * Batches of examples, worker after worker; a batch is at one worker. Each is made when it is asked
   * for, as new pointers in the structure of a part: `hook.tidy` gives them up.
   *
   * @throws TypeError for options that are not as said.
   */
  batches(options: BatchOptions): Iterable<Part> {
    const names = { batchSize: true, shuffle: true, seed: true, dropLast: true } as const;
    assertOptionNames('batches', options, names);
    const { batchSize, shuffle = false, seed = drawSeed(), dropLast = false } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new PointerMisuseError(
        `batches() got batchSize ${describeValue(batchSize)}, expected an integer from 1`,
      );
    }
    const { parts } = this;
    return (function* batches(): Generator<Part> {
      for (const [place, part] of parts.entries()) {
        const order = shuffle ? shuffled(rowsOf(part), seedAt(seed, place)) : undefined;
        yield* batchesOf(part, { batchSize, order, dropLast });
      }
    })();
  }

  /** Gives the examples up at every worker. */
  dispose(): void {
    for (const leaf of leavesOf(this.parts)) (leaf as PointerTensor).dispose();
  }
}

/**
 * A dataset of what is at workers already.
 *
 * @param parts - One for each worker, or with multi-pointers one for all of theirs.
 */
export function datasetOf<Part>(parts: readonly unknown[]): FederatedDataset<Part> {
  if (!Array.isArray(parts) || parts.length === 0) {
    throw new PointerMisuseError(
      `hook.dataset got ${describeValue(parts)}, expected a list of parts, one for each worker; write hook.dataset([[x, y], …])`,
    );
  }
  return new FederatedDataset(parts.flatMap(partsByWorker) as Part[]);
}

/** Deals the examples of local tensors out to workers, as evenly as can be, in order. */
export function federate<Local>(
  hook: TensorHook,
  tensors: Local,
  { workers, options }: { workers: readonly RemoteWorker[]; options: SendOptions | undefined },
): FederatedDataset<Sent<Local>> {
  const rows = checkLocal(hook, tensors, workers);
  const parts = workers.map((worker, place) => {
    const begin = Math.floor((rows * place) / workers.length);
    const end = Math.floor((rows * (place + 1)) / workers.length);
    return mapLeaves(tensors, (leaf) => {
      const piece = (leaf as Tensor).slice([begin], [end - begin]);
      const pointer = piece.send(worker, options);
      piece.dispose();
      return pointer;
    });
  });
  return new FederatedDataset(parts as Sent<Local>[]);
}

function checkLocal(hook: TensorHook, tensors: unknown, workers: readonly RemoteWorker[]): number {
  if (!Array.isArray(workers) || !workers.every((worker) => worker instanceof RemoteWorker)) {
    throw new PointerMisuseError('federate() takes a list of workers second; write [bob, alice]');
  }
  checkDistinct(workers);
  const leaves = leavesOf(tensors);
  const other = leaves.find((leaf) => !(leaf instanceof hook.localTf.Tensor));
  if (leaves.length === 0 || other !== undefined) {
    throw new PointerMisuseError(
      `federate() got ${describeValue(other)}, expected local tensors, or arrays and plain objects of them; pointers make a hook.dataset`,
    );
  }
  const counts = (leaves as Tensor[]).map(({ shape }) => shape[0]);
  const [rows = 0] = counts;
  if (counts.some((count) => count !== rows) || rows < workers.length || workers.length === 0) {
    throw new PointerMisuseError(
      `federate() got tensors of ${counts.map((count) => count ?? 'no').join(', ')} examples for ${workers.length} workers, expected as many in each tensor, and one for each worker`,
    );
  }
  return rows;
}

/** Freezes arrays and objects, and leaves pointers as they are. */
function freezeBranches(value: unknown): unknown {
  if (!isBranch(value)) return value;
  for (const inner of Object.values(value)) freezeBranches(inner);
  return Object.freeze(value);
}

/** Of multi-pointers the part at each of their workers. */
function partsByWorker(part: unknown): readonly unknown[] {
  const multi = leavesOf(part).find((leaf) => leaf instanceof MultiPointerTensor);
  if (multi === undefined) return [part];
  return (multi as MultiPointerTensor).parts.map(({ location: { id } }) =>
    mapLeaves(part, (leaf) => (leaf instanceof MultiPointerTensor ? leaf.child.child[id] : leaf)),
  );
}

/** @throws TypeError for a part whose tensors do not hold the same number of examples at one worker. */
function workerOf(part: unknown): RemoteWorker {
  const leaves = leavesOf(part);
  const other = leaves.find((leaf) => !(leaf instanceof PointerTensor));
  if (leaves.length === 0 || other !== undefined || leaves.includes(undefined)) {
    throw new PointerMisuseError(
      `A dataset got ${describeValue(other)}, expected pointers, or arrays and plain objects of them; local tensors are dealt out by hook.federate`,
    );
  }
  const pointers = leaves as [PointerTensor, ...PointerTensor[]];
  refuseChains('dataset', pointers);
  const counts = pointers.map(({ shape }) => shape?.[0]);
  if (counts.some((count) => count === undefined || count !== counts[0])) {
    const shapes = pointers.map(({ shape }) => (shape === null ? 'not known yet' : `[${shape}]`));
    throw new PointerMisuseError(
      `A part of a dataset has tensors of the shapes ${shapes.join(', ')}, expected one first dimension, the examples; await ready() where a shape is not known`,
    );
  }
  return commonLocation('dataset', pointers);
}

function rowsOf(part: unknown): number {
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
  const rows = rowsOf(part);
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
