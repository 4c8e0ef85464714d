import { powerOfTwo } from './fixed-point.ts';
import type {
  AddOptions,
  CheckOptions,
  FoldOptions,
  MeanOptions,
  SumKernel,
} from './sum-kernel.ts';

/**
 * The definition of truth for exact sums, in plain TypeScript: slow, without tricks, one element
 * at a time. Whatever the WebAssembly kernel does differently is a fault of that kernel.
 */
export function createReferenceKernel(): SumKernel {
  return new ReferenceKernel();
}

class ReferenceKernel implements SumKernel {
  bytes: Uint8Array = new Uint8Array(0);

  reserve(byteLength: number): void {
    this.bytes = new Uint8Array(byteLength);
  }

  isWithinBound({ block, elementCount, deltaBoundLog2 }: CheckOptions): boolean {
    const bound = powerOfTwo(deltaBoundLog2);
    return this.#float32(block, elementCount).every((value) => Math.abs(value) < bound);
  }

  fold({ sums, blocks, blockStride, elementCount, scales }: FoldOptions): void {
    const totals = this.#int64(sums, elementCount);
    scales.forEach((scale, index) => {
      if (scale === 0) {
        return;
      }
      this.#float32(blocks + index * blockStride, elementCount).forEach((value, element) => {
        totals[element] = (totals[element] as bigint) + BigInt(roundTiesToEven(value * scale));
      });
    });
  }

  add({ sums, addends, elementCount }: AddOptions): void {
    const totals = this.#int64(sums, elementCount);
    this.#int64(addends, elementCount).forEach((addend, element) => {
      totals[element] = (totals[element] as bigint) + addend;
    });
  }

  mean({ means, sums, elementCount, totalWeight, fractionBits }: MeanOptions): void {
    const unit = powerOfTwo(-fractionBits);
    const published = this.#float32(means, elementCount);
    this.#int64(sums, elementCount).forEach((sum, element) => {
      published[element] = Math.fround((Number(sum) / totalWeight) * unit);
    });
  }

  #float32(offset: number, elementCount: number): Float32Array {
    return new Float32Array(this.bytes.buffer, offset, elementCount);
  }

  #int64(offset: number, elementCount: number): BigInt64Array {
    return new BigInt64Array(this.bytes.buffer, offset, elementCount);
  }
}

/**
 * The nearest integer, the even one of two equally near; signs are symmetric.
 *
 * @param value - |value| ≤ 2^51; of a magnitude, floor and fraction are exact.
 */
function roundTiesToEven(value: number): number {
  const magnitude = Math.abs(value);
  const floor = Math.floor(magnitude);
  const fraction = magnitude - floor;
  const isUp = fraction === 0.5 ? floor % 2 === 1 : fraction > 0.5;
  const rounded = isUp ? floor + 1 : floor;
  return value < 0 ? -rounded : rounded;
}
