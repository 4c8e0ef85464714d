import type { HeavyKernel, Tf } from '@tributary/client/execution';
import { elementCount } from '@tributary/client/protocol';
import { type Accelerator, type AcceleratorFault, areFinite } from '../accelerator.ts';
import { WasmInstance } from './wasm-instance.ts';

/** Most elements on a heap at one time: 256 MiB of the 4 GiB that WebAssembly can address. */
const HEAP_ELEMENTS_MAX: number = 2 ** 26;

/** Heaps never shrink: one that has grown beyond this is given up after the batch, in bytes. */
const HEAP_BYTES_MAX: number = 256 * 1024 * 1024;

/**
 * Computes heavy kernels with WebAssembly. What goes wrong there, goes wrong in an instance that is
 * replaced, and the cpu backend computes instead; and no two parties' tensors are ever on one heap.
 */
export class WasmAccelerator implements Accelerator {
  readonly #tf: Tf;
  readonly #onFault: (fault: AcceleratorFault) => void;
  #instance: WasmInstance | undefined;
  /** Whose tensors the heap has seen. */
  #party: string | undefined;

  constructor(tf: Tf, onFault: (fault: AcceleratorFault) => void) {
    this.#tf = tf;
    this.#onFault = onFault;
  }

  /** The instance in use, for whoever looks at its heap. */
  get instance(): WasmInstance | undefined {
    return this.#instance;
  }

  /** Has what comes find an instance with no other party's tensors. */
  async prepare(party: string): Promise<void> {
    const isForeign = this.#party !== undefined && this.#party !== party;
    const isLarge = (this.#instance?.heap.length ?? 0) > HEAP_BYTES_MAX;
    if (this.#instance !== undefined && !isForeign && !isLarge) return;
    this.#instance = undefined;
    this.#party = undefined;
    this.#instance = await WasmInstance.create(this.#tf);
  }

  accelerate(party: string, call: HeavyKernel): readonly Float32Array[] | undefined {
    if (this.#instance === undefined || elementsOf(call) > HEAP_ELEMENTS_MAX) return undefined;
    this.#party = party;
    try {
      const outputs = this.#instance.run(call);
      return outputs !== undefined && areFinite(outputs) ? outputs : undefined;
    } catch (error) {
      this.#instance = undefined;
      this.#onFault({ kernel: call.kernel, error });
      return undefined;
    }
  }
}

function elementsOf({ inputs, outputShapes }: HeavyKernel): number {
  const given = Object.values(inputs).map(({ values }) => values.length);
  return [...given, ...outputShapes.map(elementCount)].reduce((sum, count) => sum + count, 0);
}
