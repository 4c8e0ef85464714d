import type { Tensor } from '@tensorflow/tfjs';
import type { OutputSpec } from '../execution/index.ts';
import type { Restriction } from '../protocol/index.ts';
import { describeValue } from '../protocol/json-fault.ts';
import { assertOptionNames, type OptionNames } from '../protocol/option-names.ts';
import { createCommand, type TensorContent } from './create-command.ts';
import type { Labels } from './labels.ts';
import { PointerMisuseError } from './misuse.ts';
import { checkDistinct, MultiPointerTensor } from './multi-pointer-tensor.ts';
import { drawObjectId } from './object-id.ts';
import { plainCommand } from './plain-command.ts';
import { PointerTensor } from './pointer-tensor.ts';
import { RemoteObject } from './remote-object.ts';
import { RemoteWorker } from './remote-worker.ts';
import { contentOf } from './tensor-content.ts';

/** Who may read what is sent. */
export interface SendOptions {
  /**
   * True lets nobody but the sender read the object or anything computed from it.
   *
   * @default false, unless `allow` or `releaseFrom` is given
   */
  readonly private?: boolean | undefined;
  /** Users who may read it too; implies `private`. @default nobody */
  readonly allow?: readonly string[] | undefined;
  /**
   * Lets the sender release sums over at least this many private objects; an integer ≥ 2; implies
   * `private`.
   *
   * @default never
   */
  readonly releaseFrom?: number | undefined;
}

/** What goes along with a tensor. */
export interface ContentAttributes extends Labels, SendOptions {
  /** Conditions of others that came with the values. */
  readonly restrictions?: readonly Restriction[] | undefined;
}

/** One or more workers, then perhaps options. */
export type SendArguments = readonly [RemoteWorker, ...(RemoteWorker | SendOptions)[]];

/**
 * Sends a copy of a local tensor, as it is now, to one or more workers.
 *
 * @throws TypeError for arguments that are neither workers nor options.
 */
export function sendTensor(
  tensor: Tensor,
  args: readonly unknown[],
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
  attributes: ContentAttributes,
): PointerTensor {
  const object = newObject(location, {
    shape: content.shape,
    dtype: content.dtype as OutputSpec['dtype'],
  });
  location.queue.push(createCommand(object, content, compact(attributes)));
  const { tags, description } = attributes;
  return new PointerTensor({ location, object, labels: { tags, description } });
}

/** A tensor that another worker offers by a URL. */
export interface OfferedTensor {
  readonly shape: readonly number[];
  readonly dtype: OutputSpec['dtype'];
  readonly url: string;
  readonly sha256: string;
}

/** Has a worker fetch a tensor that another one offers, and points to it. */
export function fetchContent(
  location: RemoteWorker,
  offered: OfferedTensor,
  attributes: ContentAttributes,
): PointerTensor {
  const { shape, dtype } = offered;
  const object = newObject(location, { shape, dtype });
  location.queue.push({
    inputs: [],
    outputs: [object],
    storesResults: true,
    ...plainCommand('$fetch', [], compact({ ...offered, ...attributes }), [object.id]),
  });
  const { tags, description } = attributes;
  return new PointerTensor({ location, object, labels: { tags, description } });
}

/** Stores a pointer at one or more workers and points to that. */
export function sendPointer<T>(
  pointer: PointerTensor<T>,
  args: readonly unknown[],
): PointerTensor<PointerTensor<T>> | MultiPointerTensor<PointerTensor<T>> {
  const { workers, options } = sortArguments(args);
  if (pointer.shape === null || pointer.dtype === null) {
    throw new PointerMisuseError(
      'send() got a pointer whose shape depends on values at the worker, expected one of known shape; await ready() of it first, or compute on what get() of the chain gives',
    );
  }
  const { object: inner, tags, description } = pointer;
  return toEach(workers, (location) => {
    const object = newObject(location, { shape: pointer.shape, dtype: pointer.dtype });
    const attributes = {
      ...options,
      tags,
      description,
      location: pointer.location.id,
      id: inner.id,
      owner: inner.foreignOwner,
      shape: pointer.shape,
      dtype: pointer.dtype,
    };
    location.queue.push({
      inputs: [],
      outputs: [object],
      storesResults: true,
      ...plainCommand('$pointer', [], compact(attributes), [object.id]),
    });
    // A pointer of its own, so that the one that was sent may be disposed.
    const target = pointer.another();
    const labels = { tags, description };
    return new PointerTensor<PointerTensor<T>>({ location, object, labels, target });
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
  checkDistinct(workers);
  return workers.length === 1 ? send(first) : new MultiPointerTensor(first.hook, workers.map(send));
}

interface SortedArguments {
  readonly workers: readonly RemoteWorker[];
  readonly options: SendOptions;
}

function sortArguments(given: readonly unknown[]): SortedArguments {
  const args = given.at(-1) === undefined ? given.slice(0, -1) : given;
  const last = args.at(-1);
  const hasOptions = args.length > 1 && !(last instanceof RemoteWorker);
  const workers = hasOptions ? args.slice(0, -1) : args;
  if (workers.length === 0 || !workers.every((worker) => worker instanceof RemoteWorker)) {
    throw notWorkers(workers.find((worker) => !(worker instanceof RemoteWorker)));
  }
  return { workers, options: hasOptions ? checkOptions(last) : {} };
}

function notWorkers(stranger: unknown): PointerMisuseError {
  const cure = Array.isArray(stranger) ? '; spread the list, as in send(...workers)' : '';
  return new PointerMisuseError(
    `send() got ${describeValue(stranger)}, expected workers such as new VirtualWorker(hook, { id: 'bob' }), at least one, and then perhaps options${cure}`,
  );
}

const NAMES: OptionNames<SendOptions> = { private: true, allow: true, releaseFrom: true };

function checkOptions(options: unknown): SendOptions {
  assertOptionNames('send', options as SendOptions, NAMES);
  const { private: isPrivate, allow: given, releaseFrom } = options as SendOptions;
  // A copy, so that the list which is checked is the list that travels.
  const allow: unknown = Array.isArray(given) ? [...given] : given;
  if (isPrivate !== undefined && typeof isPrivate !== 'boolean') {
    throw new PointerMisuseError(
      `send() got private of type ${typeof isPrivate}, expected a boolean`,
    );
  }
  if (allow !== undefined && !isListOfNames(allow)) {
    throw new PointerMisuseError(
      `send() got allow of type ${typeof allow}, expected a list of user names; put the name into a list`,
    );
  }
  if (releaseFrom !== undefined && !(Number.isInteger(releaseFrom) && Number(releaseFrom) >= 2)) {
    throw new PointerMisuseError(
      `send() got releaseFrom ${String(releaseFrom)}, expected integers from 2; a sum over one object is the object`,
    );
  }
  if (isPrivate === false && (allow !== undefined || releaseFrom !== undefined)) {
    throw new PointerMisuseError(
      'send() got private: false with allow or releaseFrom, which make the object private; leave private out',
    );
  }
  return { private: isPrivate, allow, releaseFrom };
}

function isListOfNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string' && name.length > 0);
}

function compact(attributes: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
