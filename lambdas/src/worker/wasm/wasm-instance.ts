import type { DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import type { HeavyKernel, Tf } from '@tributary/client/execution';

/** tfjs's wasm backend, as far as it is used here. */
interface WasmBackend extends KernelBackend {
  write(values: Float32Array, shape: number[], dtype: 'float32'): object;
  readSync(dataId: object): Float32Array;
  getMemoryOffset(dataId: object): number;
  makeOutput(shape: number[], dtype: DataType, ...rest: unknown[]): TensorInfo;
  typedArrayFromHeap(info: TensorInfo): Float32Array;
  readonly wasm: { readonly HEAPU8: Uint8Array };
}

/** One WebAssembly instance with tfjs's kernels and a heap of its own, which nobody else sees. */
export class WasmInstance {
  readonly #tf: Tf;
  readonly #backend: WasmBackend;

  private constructor(tf: Tf, backend: WasmBackend) {
    this.#tf = tf;
    this.#backend = backend;
    const makeOutput = backend.makeOutput.bind(backend);
    backend.makeOutput = (...form) => this.#blank(makeOutput(...form));
  }

  /** Makes an instance and ends the use of every other: tfjs keeps one instance's functions. */
  static async create(tf: Tf): Promise<WasmInstance> {
    const factory = tf.findBackendFactory('wasm');
    if (factory === null) throw new Error('tfjs has no wasm backend; import it');
    const backend = (await withoutListeners(async () => await factory())) as WasmBackend;
    for (const { setupFunc } of tf.getKernelsForBackend('wasm')) setupFunc?.(backend);
    return new WasmInstance(tf, backend);
  }

  /** Everything on its heap. */
  get heap(): Uint8Array {
    return this.#backend.wasm.HEAPU8;
  }

  /**
   * Computes a kernel.
   *
   * @returns the outputs' values; `undefined` if there is no such kernel.
   * @throws whatever went wrong; the instance is not to be used again.
   */
  run({ kernel, inputs, attrs, outputShapes }: HeavyKernel): Float32Array[] | undefined {
    const config = this.#tf.getKernel(kernel, 'wasm');
    if (config === null || config === undefined) return undefined;
    const backend = this.#backend;
    const infos = Object.entries(inputs).map(([name, { values, shape }]) => {
      const info = {
        dataId: backend.write(values, [...shape], 'float32'),
        shape,
        dtype: 'float32',
      };
      return [name, this.#allocated(info as TensorInfo)] as const;
    });
    const made = config.kernelFunc({ inputs: Object.fromEntries(infos), attrs, backend });
    const outputs = Array.isArray(made) ? made : [made];
    const values = outputs.map((info) => backend.readSync(this.#allocated(info).dataId));
    for (const { dataId } of [...infos.map(([, info]) => info), ...outputs]) {
      backend.disposeData(dataId);
    }
    assertShapes(outputs, outputShapes);
    return values;
  }

  /**
   * Memory that a kernel is to write, so that what it didn't write isn't what lay there before: kernels
   * that can't be set up, such as of strides wider than their filter, write nothing and say nothing.
   */
  #blank(info: TensorInfo): TensorInfo {
    this.#backend.typedArrayFromHeap(this.#allocated(info)).fill(Number.NaN);
    return info;
  }

  /** The heap's first bytes are nobody's: memory there could not be had. */
  #allocated(info: TensorInfo): TensorInfo {
    if (this.#backend.getMemoryOffset(info.dataId) > 0) return info;
    throw new Error('The heap of WebAssembly is full');
  }
}

/** What listens for the faults of a whole process. */
const PROCESS_EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Takes away the listeners that an instance adds to the process: each would hold its heap for ever, and
 * tfjs, when it disposes an instance, takes away everybody's.
 */
async function withoutListeners<T>(make: () => Promise<T>): Promise<T> {
  const listenersOf = (event: string) => process.listeners(event as 'uncaughtException');
  const before = new Set<unknown>(PROCESS_EVENTS.flatMap(listenersOf));
  try {
    return await make();
  } finally {
    for (const event of PROCESS_EVENTS) {
      for (const listener of listenersOf(event)) {
        if (!before.has(listener)) process.removeListener(event, listener);
      }
    }
  }
}

function assertShapes(
  outputs: readonly TensorInfo[],
  expected: readonly (readonly number[])[],
): void {
  const isExpected = outputs.every(({ shape }, index) => shape.join() === expected[index]?.join());
  if (!isExpected || outputs.length !== expected.length) {
    throw new Error('A kernel of WebAssembly made another shape than was planned');
  }
}
