import type { DataType, KernelBackend } from '@tensorflow/tfjs';
import { elementsOf } from '../shapes/spec.ts';

/** The part of a backend through which its data come and go. */
type Holder = Pick<KernelBackend, 'disposeData' | 'move' | 'write'>;

/** Bytes of one element; a complex number's are those of its two parts, which are held by themselves. */
const ELEMENT_BYTES: Partial<Record<DataType, number>> = { float32: 4, int32: 4, bool: 1 };

/**
 * Counts the bytes that a backend holds. tfjs's own count is of all tensors of the program, in every
 * backend, and one tensor of a size that is no number makes it so for good.
 *
 * @param backend - Its methods are replaced by ones that count.
 * @returns the bytes that are held now, of data that were written or moved there since.
 */
export function countHeldBytes(backend: Holder): () => number {
  const bytesOf = new Map<object, number>();
  let held = 0;

  const add = (dataId: object, shape: readonly number[], dtype: DataType): void => {
    const bytes = elementsOf(shape) * (ELEMENT_BYTES[dtype] ?? 0);
    held += bytes - (bytesOf.get(dataId) ?? 0);
    bytesOf.set(dataId, bytes);
  };
  const { disposeData, move, write } = backend;

  backend.write = (values, shape, dtype) => {
    const dataId = write.call(backend, values, shape, dtype);
    add(dataId, shape, dtype);
    return dataId;
  };
  backend.move = (...moved) => {
    const [dataId, , shape, dtype] = moved;
    move.apply(backend, moved);
    add(dataId, shape, dtype);
  };
  backend.disposeData = (dataId, force) => {
    const isGone = disposeData.call(backend, dataId, force);
    if (isGone) {
      held -= bytesOf.get(dataId) ?? 0;
      bytesOf.delete(dataId);
    }
    return isGone;
  };
  return () => held;
}
