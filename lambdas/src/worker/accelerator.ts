import type { HeavyKernel } from '@tributary/client/execution';

/** Computes heavy kernels faster than tfjs's cpu backend does. */
export interface Accelerator {
  /** Makes ready for values of this party, which is a caller, with the conditions of values they may not read. */
  prepare(party: string): Promise<void>;
  /** Computes for a party whom {@link prepare} was called for; `undefined` leaves it to the cpu backend. */
  accelerate(party: string, call: HeavyKernel): readonly Float32Array[] | undefined;
}

/** A kernel that failed where it was to be faster. */
export interface AcceleratorFault {
  readonly kernel: string;
  readonly error: unknown;
}

/** True for what the backends agree on: beyond float32's range they differ. */
export function areFinite(outputs: readonly Float32Array[]): boolean {
  return outputs.every((values) => values.every(Number.isFinite));
}
