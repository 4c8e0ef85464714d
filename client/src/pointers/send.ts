import type { Tensor } from '@tensorflow/tfjs';
import type { OutputSpec } from '../execution/index.ts';
import { createCommand, type TensorContent } from './create-command.ts';
import { MultiPointerTensor } from './multi-pointer-tensor.ts';
import { drawObjectId } from './object-id.ts';
import { plainCommand } from './plain-command.ts';
import { PointerTensor } from './pointer-tensor.ts';
import { RemoteObject } from './remote-object.ts';
import { RemoteWorker } from './remote-worker.ts';
import { contentOf } from './tensor-content.ts';

/** Who may read what is sent. */
export interface SendOptions {
  /** True lets nobody but the sender read the object or anything computed from it. @default false */
  readonly private?: boolean | undefined;
  /** Users who may read it too; implies `private`. @default nobody */
  readonly allow?: readonly string[] | undefined;
  /**
   * Lets the sender release sums over at least this many private objects; an integer ≥ 2.
   *
   * @default never
   */
  readonly releaseFrom?: number | undefined;
}

/** One or more workers, then perhaps options. */
export type SendArguments = readonly [RemoteWorker, ...(RemoteWorker | SendOptions)[]];

/** Tags and description that a local tensor was given. */
export interface Labels {
  readonly tags: readonly string[];
  readonly description: string;
}

/**
 * Sends a copy of a local tensor, as it is now, to one or more workers.
 *
 * @throws TypeError for arguments that are neither workers nor options.
 */
export function sendTensor(
  tensor: Tensor,
  args: SendArguments,
  labels: Labels,
): PointerTensor | MultiPointerTensor {
  const { workers, options } = sortArguments(args);
  const content = contentOf(tensor);
  return toEach(workers, (worker) => sendContent(worker, content, { ...labels, ...options }));
}

/** Stores a tensor at a worker and points to it. */
export function sendContent(
  location: RemoteWorker,
  content: TensorContent,
  attributes: Partial<Labels> & SendOptions & { readonly restrictions?: unknown },
): PointerTensor {
  const object = newObject(location, {
    shape: content.shape,
    dtype: content.dtype as OutputSpec['dtype'],
  });
  location.queue.push(createCommand(object, content, compact(attributes)));
  const { tags, description } = attributes;
  return new PointerTensor({ location, object, tags, description });
}

/** Stores a pointer at one or more workers and points to that. */
export function sendPointer<T>(
  pointer: PointerTensor<T>,
  args: SendArguments,
): PointerTensor<PointerTensor<T>> | MultiPointerTensor<PointerTensor<T>> {
  const { workers } = sortArguments(args);
  return toEach(workers, (location) => {
    const object = newObject(location, { shape: pointer.shape, dtype: pointer.dtype });
    const { object: inner } = pointer;
    const attributes = {
      location: pointer.location.id,
      id: inner.id,
      owner: inner.foreignOwner,
      shape: pointer.shape,
      dtype: pointer.dtype,
    };
    location.queue.push({
      inputs: [],
      outputs: [object],
      isWanted: false,
      storesResults: true,
      ...plainCommand('$pointer', [], compact(attributes), [object.id]),
    });
    // A pointer of its own, so that the one that was sent may be disposed.
    const target = pointer.another();
    return new PointerTensor<PointerTensor<T>>({ location, object, target });
  });
}

/** An object that a command is about to make. */
export function newObject({ queue }: RemoteWorker, form: OutputSpec): RemoteObject {
  return new RemoteObject({ id: drawObjectId(), queue, form });
}

function toEach<T>(
  workers: readonly RemoteWorker[],
  send: (worker: RemoteWorker) => PointerTensor<T>,
): PointerTensor<T> | MultiPointerTensor<T> {
  const [first] = workers as readonly [RemoteWorker, ...RemoteWorker[]];
  return workers.length === 1 ? send(first) : new MultiPointerTensor(first.hook, workers.map(send));
}

interface SortedArguments {
  readonly workers: readonly RemoteWorker[];
  readonly options: SendOptions;
}

function sortArguments(args: readonly unknown[]): SortedArguments {
  const last = args.at(-1);
  const hasOptions = args.length > 1 && !(last instanceof RemoteWorker);
  const workers = hasOptions ? args.slice(0, -1) : args;
  if (workers.length === 0 || !workers.every((worker) => worker instanceof RemoteWorker)) {
    throw new TypeError('send() takes workers, at least one, and then perhaps options');
  }
  return { workers, options: hasOptions ? checkOptions(last) : {} };
}

function checkOptions(options: unknown): SendOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`send() got ${typeof options} as options, allowed is an object`);
  }
  const { allow } = options as { readonly allow?: unknown };
  if (allow === undefined || Array.isArray(allow)) return options;
  throw new TypeError(`send() got allow of type ${typeof allow}, allowed is a list of user names`);
}

function compact(attributes: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
