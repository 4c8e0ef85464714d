import type { MultiPointerTensor } from './multi-pointer-tensor.ts';
import type { PointerTensor } from './pointer-tensor.ts';
import type { RemoteWorker } from './remote-worker.ts';
import type { Taking } from './take-away.ts';

/** What pointers do that makes other pointers; a hook brings both together. */
export interface PointerActions {
  /** Stores a pointer at one or more workers and points to that. */
  send<T>(
    pointer: PointerTensor<T>,
    locations: readonly unknown[],
  ): PointerTensor<PointerTensor<T>> | MultiPointerTensor<PointerTensor<T>>;
  /** Brings the value of an object here and leaves the object where it is. */
  read<T>(pointer: PointerTensor<T>): Promise<T>;
  /** Takes an object to another worker; it is deleted where it was once the other has it. */
  move<T>(
    pointer: PointerTensor<T>,
    destination: RemoteWorker,
    how?: Taking,
  ): Promise<PointerTensor<T>>;
}
