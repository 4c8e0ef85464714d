import { InvocationFailedError } from '@tributary/client/protocol';
import { createReferenceKernel } from './reference-kernel.ts';
import type { SumKernel } from './sum-kernel.ts';
import { createWasmKernel } from './wasm-kernel.ts';

/** Which implementation of the arithmetic; both give the same bits. */
export type KernelKind = 'wasm' | 'reference';

/**
 * The last kernel given back. A warm function folds one shard after another, and the engine
 * collects abandoned WebAssembly memories so late that several are alive at once; one memory, used
 * again and grown in place, keeps the function as small as its largest sum.
 */
let spare: SumKernel | undefined;

/**
 * A kernel with at least `byteLength` bytes, all zero.
 *
 * @throws InvocationFailedError `out-of-memory` when the process can't have that much.
 */
export function acquireKernel(kind: KernelKind, byteLength: number): SumKernel {
  const kernel = kind === 'reference' ? createReferenceKernel() : (spare ?? createWasmKernel());
  if (kernel === spare) {
    spare = undefined;
  }
  try {
    kernel.reserve(byteLength);
  } catch (cause) {
    throw new InvocationFailedError(
      `Exact sum needs ${byteLength} bytes of memory and the process has less to give; raise the function's memory or plan more shards`,
      { code: 'out-of-memory', detail: { byteLength }, cause },
    );
  }
  return kernel;
}

/** Gives a kernel back for the next {@link acquireKernel}; the caller must not touch it again. */
export function releaseKernel(kind: KernelKind, kernel: SumKernel): void {
  if (kind === 'wasm' && kernel.bytes.length >= (spare?.bytes.length ?? 0)) {
    spare = kernel;
  }
}
