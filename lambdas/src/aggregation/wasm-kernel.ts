import { powerOfTwo } from './fixed-point.ts';
import { KERNEL_BASE64 } from './kernel.generated.ts';
import type {
  AddOptions,
  CheckOptions,
  FoldOptions,
  MeanOptions,
  SumKernel,
} from './sum-kernel.ts';

/** Bytes a WebAssembly memory grows by. */
const PAGE_BYTES = 64 * 1024;

/** One page less than 4 GiB, so that a pointer behind the last byte is still a 32-bit number. */
const PAGE_COUNT_MAX: number = 65_535;

/** What `lambdas/assembly/kernel.ts` exports; pointers, counts and bits are 32-bit integers. */
interface KernelExports {
  isWithinBound(block: number, elementCount: number, boundBits: number): number;
  fold1(sums: number, block: number, elementCount: number, scale: number): void;
  fold2(...pointersCountAndScales: number[]): void;
  fold4(...pointersCountAndScales: number[]): void;
  add(sums: number, addends: number, elementCount: number): void;
  mean(...pointersCountAndFactors: number[]): void;
}

let compiled: WebAssembly.Module | undefined;

/**
 * The fast kernel: WebAssembly SIMD, compiled once a process.
 *
 * @see createReferenceKernel, which it equals bit for bit.
 */
export function createWasmKernel(): SumKernel {
  compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_BASE64, 'base64'));
  const memory = new WebAssembly.Memory({ initial: 0, maximum: PAGE_COUNT_MAX });
  const instance = new WebAssembly.Instance(compiled, { env: { memory } });
  return new WasmKernel(memory, instance.exports as unknown as KernelExports);
}

class WasmKernel implements SumKernel {
  readonly #memory: WebAssembly.Memory;
  readonly #exports: KernelExports;
  bytes: Uint8Array;

  constructor(memory: WebAssembly.Memory, exports: KernelExports) {
    this.#memory = memory;
    this.#exports = exports;
    this.bytes = new Uint8Array(memory.buffer);
  }

  reserve(byteLength: number): void {
    const held = this.bytes.length;
    if (byteLength > held) {
      this.#memory.grow(Math.ceil((byteLength - held) / PAGE_BYTES));
      this.bytes = new Uint8Array(this.#memory.buffer);
    }
    // New pages are zero as they come, and stay unused until they are touched.
    this.bytes.fill(0, 0, Math.min(held, byteLength));
  }

  isWithinBound({ block, elementCount, deltaBoundLog2 }: CheckOptions): boolean {
    // 2^b as a float32: the exponent field alone. As integers, magnitudes keep their order, and
    // infinities and NaN come above every finite one.
    const boundBits = (deltaBoundLog2 + 127) << 23;
    return this.#exports.isWithinBound(block, elementCount, boundBits) !== 0;
  }

  fold({ sums, blocks, blockStride, elementCount, scales }: FoldOptions): void {
    for (let index = 0; index < scales.length; ) {
      const block = blocks + index * blockStride;
      const [a = 0, b = 0, c = 0, d = 0] = scales.slice(index, index + 4);
      if (a !== 0 && b !== 0 && c !== 0 && d !== 0) {
        this.#exports.fold4(sums, block, blockStride, elementCount, a, b, c, d);
        index += 4;
      } else if (a !== 0 && b !== 0) {
        this.#exports.fold2(sums, block, blockStride, elementCount, a, b);
        index += 2;
      } else {
        if (a !== 0) {
          this.#exports.fold1(sums, block, elementCount, a);
        }
        index += 1;
      }
    }
  }

  add({ sums, addends, elementCount }: AddOptions): void {
    this.#exports.add(sums, addends, elementCount);
  }

  mean({ means, sums, elementCount, totalWeight, fractionBits }: MeanOptions): void {
    this.#exports.mean(means, sums, elementCount, totalWeight, powerOfTwo(-fractionBits));
  }
}
