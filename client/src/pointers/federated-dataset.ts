import type { Tensor } from '@tensorflow/tfjs';
import { describeValue } from '../protocol/json-fault.ts';
import { commonLocation, refuseChains } from './collocation.ts';
import { type BatchOptions, FederatedBatches, rowCount } from './federated-batches.ts';
import { DATASET, DATASET_ITERATION } from './habits/dataset-habits.ts';
import { guard } from './habits/guard.ts';
import { isLocalTensor } from './local-tensor.ts';
import { PointerMisuseError } from './misuse.ts';
import { checkDistinct, MultiPointerTensor } from './multi-pointer-tensor.ts';
import { PointerTensor } from './pointer-tensor.ts';
import { RemoteWorker } from './remote-worker.ts';
import type { SendOptions } from './send.ts';
import { isBranch, leavesOf, mapLeaves } from './structure.ts';
import type { TensorHook } from './tensor-hook.ts';

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
    return this.parts.reduce((sum, part) => sum + rowCount(part), 0);
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
   * Batches of examples, worker after worker; a batch is at one worker. They can be gone through again
   * and again, once for each epoch.
   *
   * @throws TypeError for unknown options and values of another kind.
   */
  batches(options: BatchOptions): FederatedBatches<Part> {
    return new FederatedBatches(this.parts, options);
  }

  /** @throws PointerMisuseError always: a dataset has examples, and its batches are gone through. */
  [Symbol.iterator](): never {
    throw new PointerMisuseError(DATASET_ITERATION);
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
  const other = leaves.find((leaf) => !isLocalTensor(hook, leaf));
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

guard(FederatedDataset, DATASET);
