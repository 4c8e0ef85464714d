import {
  CommandError,
  decodeBase64,
  InvocationFailedError,
  type ReadValue,
  RequestRefusedError,
  readValueSchema,
} from '../protocol/index.ts';
import { describeValue } from '../protocol/json-fault.ts';
import { ownMembers } from '../protocol/own-members.ts';
import { ask } from './ask.ts';
import type { TensorContent } from './create-command.ts';
import { PointerMisuseError } from './misuse.ts';
import type { PointerTensor } from './pointer-tensor.ts';
import { RemoteWorker } from './remote-worker.ts';
import { pointerToTarget } from './search.ts';
import { type ContentAttributes, fetchContent, sendContent, sendPointer } from './send.ts';
import { GONE, type Taking, takeAway } from './take-away.ts';
import { tensorOf } from './tensor-content.ts';

/** Brings the value of an object here and leaves the object where it is. */
export async function readObject<T>(pointer: PointerTensor<T>): Promise<T> {
  const value = await readValue(pointer);
  if (value.pointer !== undefined) return pointerFrom(pointer, value) as T;
  return tensorOf(pointer.hook.localTf, await contentOf(pointer, value)) as T;
}

/**
 * Takes an object to another worker. It is deleted where it was once the other has it.
 */
export async function moveObject<T>(
  pointer: PointerTensor<T>,
  destination: RemoteWorker,
  how: Taking = 'move',
): Promise<PointerTensor<T>> {
  if (!(destination instanceof RemoteWorker)) {
    throw new PointerMisuseError(
      `The destination is ${describeValue(destination)}, expected a worker; hook.getWorker(id) finds the one of an id`,
    );
  }
  return await takeAway(pointer, how, async () => {
    const moved = await copyTo(pointer, destination);
    pointer.giveAway(GONE.moved(destination.id, how));
    return moved as PointerTensor<T>;
  });
}

/** Brings an object to another worker, and waits until it is there. */
async function copyTo(
  pointer: PointerTensor<unknown>,
  destination: RemoteWorker,
): Promise<PointerTensor> {
  const value = await readValue(pointer);
  return (
    (await fetchFrom(value, destination)) ??
    (await arrived(
      value.pointer === undefined
        ? sendContent(destination, await contentOf(pointer, value), labelsOf(value))
        : chainTo(pointer, value, destination),
    ))
  );
}

/** Faults of a fetch after which the elements go by way of the program: another bucket, a URL that ended. */
const FETCH_FAULTS: ReadonlySet<string> = new Set(['fetch-failed', 'url-not-allowed']);

/**
 * Has the destination fetch a large tensor by itself; `undefined` when it is too small for that, or
 * the destination can't.
 */
async function fetchFrom(
  value: ReadValue,
  destination: RemoteWorker,
): Promise<PointerTensor | undefined> {
  const { download, shape, dtype } = value;
  if (download === undefined || !destination.queue.transport.fetches) return undefined;
  try {
    const offered = { shape, dtype, ...download };
    return await arrived(fetchContent(destination, offered, labelsOf(value)));
  } catch (error) {
    if (error instanceof CommandError && FETCH_FAULTS.has(error.code)) return undefined;
    throw error;
  }
}

/** Waits until a worker has an object; one that it can't have is given up. */
async function arrived(moved: PointerTensor): Promise<PointerTensor> {
  try {
    return await moved.ready();
  } catch (error) {
    moved.dispose();
    throw error;
  }
}

/** A chain over another middle worker. */
function chainTo(
  pointer: PointerTensor<unknown>,
  value: ReadValue,
  destination: RemoteWorker,
): PointerTensor {
  const inner = pointerFrom(pointer, value);
  const chained = sendPointer(inner, [destination]);
  inner.dispose();
  return chained as unknown as PointerTensor;
}

/** A form that depends on values is known from then on. */
async function readValue({ location, object }: PointerTensor<unknown>): Promise<ReadValue> {
  const value = readValueSchema.parse(
    ownMembers(await ask(location, { op: '$read', objects: [object] })),
  );
  object.form = { shape: value.shape, dtype: value.dtype };
  return value;
}

/** A URL ends with the session of whoever signed it, perhaps at once; then the value is asked for anew. */
async function contentOf(
  pointer: PointerTensor<unknown>,
  value: ReadValue,
): Promise<TensorContent> {
  try {
    return await elementsOf(pointer.location, value);
  } catch (error) {
    if (!(error instanceof RequestRefusedError && error.code === 'url-expired')) throw error;
    return await elementsOf(pointer.location, await readValue(pointer));
  }
}

async function elementsOf(
  { queue }: RemoteWorker,
  { shape, dtype, data, download }: ReadValue,
): Promise<TensorContent> {
  if (download !== undefined) {
    return { shape, dtype, bytes: await queue.transport.download(download) };
  }
  const bytes = decodeBase64(data ?? '');
  if (bytes !== undefined) return { shape, dtype, bytes };
  throw new InvocationFailedError('A value came in another form than base64; get it again', {
    code: 'answer-invalid',
  });
}

/** Labels and others' conditions go along. */
function labelsOf({ tags, description, restrictions }: ReadValue): ContentAttributes {
  return { tags, description, ...(restrictions.length > 0 ? { restrictions } : {}) };
}

/** The pointer that an object was; found anew when it was somebody else who sent it. */
function pointerFrom(
  pointer: PointerTensor<unknown>,
  { pointer: target, shape, dtype }: ReadValue,
): PointerTensor<unknown> {
  if (pointer.target !== undefined) return pointer.target.another();
  const { hook, object } = pointer;
  const found =
    target && pointerToTarget(hook, { target, owner: object.foreignOwner, form: { shape, dtype } });
  if (found !== undefined) return found;
  throw new CommandError(
    `The object points to the worker ${target?.location}, which this program does not know; make it known with new VirtualWorker or new LambdaWorker and get again`,
    { code: 'worker-unknown' },
  );
}
