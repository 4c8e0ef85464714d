import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { HeavyKernel, Tf } from '@tributary/client/execution';
import { type Accelerator, type AcceleratorFault, areFinite } from './accelerator.ts';

/** How Node calls TensorFlow's library; put together, so that bundles don't look for it. */
const PACKAGE: string = ['@tensorflow', 'tfjs-node'].join('/');

/** Settings of a {@link NativeAccelerator}. */
export interface NativeAcceleratorOptions {
  /** The tfjs that computes with the library. @default `@tensorflow/tfjs-node` */
  readonly load?: (() => Promise<Tf>) | undefined;
  readonly onFault: (fault: AcceleratorFault) => void;
}

/**
 * Computes heavy kernels with TensorFlow's own library. Its memory can't be thrown away from caller to
 * caller, as WebAssembly's can; it gets finite values of checked shapes, for kernels that write every
 * element they give.
 */
export class NativeAccelerator implements Accelerator {
  readonly #load: () => Promise<Tf>;
  readonly #onFault: (fault: AcceleratorFault) => void;
  #native: Tf | undefined;

  constructor({ load, onFault }: NativeAcceleratorOptions) {
    this.#load = load ?? loadNative;
    this.#onFault = onFault;
  }

  async prepare(): Promise<void> {
    this.#native ??= await this.#load();
  }

  accelerate(_caller: string, call: HeavyKernel): readonly Float32Array[] | undefined {
    if (this.#native === undefined) return undefined;
    try {
      const outputs = compute(this.#native, call);
      return areFinite(outputs) ? outputs : undefined;
    } catch (error) {
      this.#onFault({ kernel: call.kernel, error });
      return undefined;
    }
  }
}

/** A CommonJS package is its default export, whatever names of it Node finds out. */
async function loadNative(): Promise<Tf> {
  const loaded = (await import(PACKAGE)) as Tf & { readonly default?: Tf };
  return loaded.default ?? loaded;
}

function compute(native: Tf, { kernel, inputs, attrs, outputShapes }: HeavyKernel): Float32Array[] {
  const outputs: Float32Array[] = [];
  native.tidy(() => {
    const given = Object.entries(inputs).map(
      ([name, { values, shape }]) => [name, native.tensor(values, [...shape], 'float32')] as const,
    );
    const made: TensorInfo | TensorInfo[] = native
      .engine()
      .runKernel(kernel, Object.fromEntries(given), attrs);
    for (const info of Array.isArray(made) ? made : [made]) {
      if (info.shape.join() !== outputShapes[outputs.length]?.join()) {
        throw new Error('A native kernel made another shape than was planned');
      }
      outputs.push(Float32Array.from(native.backend().readSync(info.dataId) as Float32Array));
    }
  });
  return outputs;
}
