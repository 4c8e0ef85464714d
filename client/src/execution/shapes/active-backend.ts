import type { KernelBackend } from '@tensorflow/tfjs';
import type { Tf } from './spec.ts';

/** The part of tfjs's engine that says which backend computes; private in its types alone. */
interface BackendSlot {
  backendName: string | null;
  backendInstance: KernelBackend | null;
}

/**
 * Computes with another backend for the time of one synchronous call, whatever the user's is, even
 * none yet. `tf.setBackend` would set up every kernel of both anew, and cannot go back to none.
 */
export function withBackend<Result>(tf: Tf, name: string, body: () => Result): Result {
  const slot = tf.engine() as unknown as BackendSlot;
  const { backendName, backendInstance } = slot;
  slot.backendInstance = tf.engine().findBackend(name);
  slot.backendName = name;
  try {
    return body();
  } finally {
    slot.backendName = backendName;
    slot.backendInstance = backendInstance;
  }
}

/**
 * Registers a backend that tfjs finds by name only: it is not one of those that tfjs chooses from when the
 * program removes its own.
 */
export function registerHidden(tf: Tf, name: string, factory: () => KernelBackend): void {
  tf.registerBackend(name, factory);
  const { registryFactory } = tf.engine();
  Object.defineProperty(registryFactory, name, { enumerable: false });
}

/** Records nothing for gradients during one synchronous call. */
export function withoutTape<Result>(tf: Tf, body: () => Result): Result {
  const { state } = tf.engine();
  state.kernelDepth += 1;
  try {
    return body();
  } finally {
    state.kernelDepth -= 1;
  }
}
