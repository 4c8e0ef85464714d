import type { Tensor } from '@tensorflow/tfjs';
import { CommandError, type ReadValue, readValueSchema } from '../protocol/index.ts';
import { ask } from './ask.ts';
import { bytesOf } from './base64.ts';
import type { TensorContent } from './create-command.ts';
import { PointerTensor } from './pointer-tensor.ts';
import { RemoteObject } from './remote-object.ts';
import type { RemoteWorker } from './remote-worker.ts';
import { sendContent, sendPointer } from './send.ts';
import { tensorOf } from './tensor-content.ts';

/** Brings the value of an object here and leaves the object where it is. */
export async function readObject<T>(pointer: PointerTensor<T>): Promise<T> {
  const value = await readValue(pointer);
  if (value.pointer !== undefined) return pointerFrom(pointer, value) as T;
  return tensorOf(pointer.hook.localTf, await contentOf(pointer.location, value)) as T;
}

/**
 * Takes an object to another worker. It is deleted where it was once the other has it.
 */
export async function moveObject<T>(
  pointer: PointerTensor<T>,
  destination: RemoteWorker,
): Promise<PointerTensor<T>> {
  const value = await readValue(pointer);
  const moved =
    value.pointer === undefined
      ? sendContent(destination, await contentOf(pointer.location, value), labelsOf(value))
      : (sendPointer(pointerFrom(pointer, value), [destination]) as unknown as PointerTensor);
  await moved.ready();
  if (pointer.object.foreignOwner === undefined) pointer.object.delete();
  return moved as PointerTensor<T>;
}

async function readValue({ location, object }: PointerTensor<unknown>): Promise<ReadValue> {
  return readValueSchema.parse(await ask(location, { op: '$read', objects: [object] }));
}

async function contentOf(
  { queue }: RemoteWorker,
  { shape, dtype, data, download }: ReadValue,
): Promise<TensorContent> {
  if (download !== undefined) {
    return { shape, dtype, bytes: await queue.transport.download(download) };
  }
  return { shape, dtype, bytes: bytesOf(data ?? '') };
}

/** Labels and others' conditions go along. */
function labelsOf({ tags, description, restrictions }: ReadValue): object {
  return { tags, description, ...(restrictions.length > 0 ? { restrictions } : {}) };
}

/** The pointer that an object was; found anew when it was somebody else who sent it. */
function pointerFrom<T>(
  pointer: PointerTensor<T>,
  { pointer: target, shape, dtype }: ReadValue,
): PointerTensor<unknown> {
  const { hook } = pointer;
  if (pointer.target !== undefined) return pointer.target.another();
  const location = hook.getWorker(target?.location ?? '');
  if (target === undefined || location === undefined) {
    throw new CommandError(
      `The object points to the worker ${target?.location}, which this program does not know; make it known with new VirtualWorker or new LambdaWorker and get again`,
      { code: 'worker-unknown' },
    );
  }
  const object =
    location.queue.knownObject(target.id) ??
    new RemoteObject({
      id: target.id,
      queue: location.queue,
      foreignOwner: target.owner,
      form: { shape, dtype },
      state: 'stored',
      deletesWhenReleased: false,
    });
  return new PointerTensor<Tensor>({ location, object });
}
