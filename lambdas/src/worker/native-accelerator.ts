import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type HeavyKernel, type Tf, withBackend } from '@tributary/client/execution';
import { type Accelerator, type AcceleratorFault, areFinite } from './accelerator.ts';

/** How Node calls TensorFlow's library; put together, so that bundles don't look for it. */
const PACKAGE: string = ['@tensorflow', 'tfjs-node'].join('/');

/** Name of the backend that it registers. */
const BACKEND = 'tensorflow';

/** Settings of a {@link NativeAccelerator}. */
export interface NativeAcceleratorOptions {
  /** The worker's own tfjs; its backend stays the one it was. */
  readonly tf: Tf;
  /** The tfjs that computes with the library. @default `@tensorflow/tfjs-node` */
  readonly load?: (() => Promise<Tf>) | undefined;
  readonly onFault: (fault: AcceleratorFault) => void;
}

/**
 * Computes heavy kernels with TensorFlow's own library. Its memory can't be thrown away from party to
 * party, as WebAssembly's can; it gets finite values of checked shapes, for kernels that write every
 * element they give.
 */
export class NativeAccelerator implements Accelerator {
  readonly #tf: Tf;
  readonly #load: () => Promise<Tf>;
  readonly #onFault: (fault: AcceleratorFault) => void;
  #native: Tf | undefined;
  #isMissing = false;

  constructor({ tf, load, onFault }: NativeAcceleratorOptions) {
    this.#tf = tf;
    this.#load = load ?? loadNative;
    this.#onFault = onFault;
  }

  /** Loads the library; once, whether it is there or not. */
  async prepare(): Promise<void> {
    if (this.#native !== undefined || this.#isMissing) return;
    const backend = this.#tf.getBackend();
    try {
      this.#native = await this.#load();
    } catch (error) {
      this.#isMissing = true;
      this.#onFault({ kernel: 'all', error });
    }
    // All tfjs of a process share an engine, and this one has made its own backend that engine's.
    await this.#tf.setBackend(backend);
  }

  accelerate(_party: string, call: HeavyKernel): readonly Float32Array[] | undefined {
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

/**
 * The worker's own kernel, which asks for this, runs on the engine that both share. So the backend is
 * changed for as long as this takes: on the worker's, the kernel would ask again.
 */
function compute(native: Tf, call: HeavyKernel): Float32Array[] {
  return withBackend(native, BACKEND, () => {
    const outputs: Float32Array[] = [];
    native.tidy(() => outputs.push(...run(native, call)));
    return outputs;
  });
}

function run(native: Tf, { kernel, inputs, attrs, outputShapes }: HeavyKernel): Float32Array[] {
  const given = Object.entries(inputs).map(
    ([name, { values, shape }]) => [name, native.tensor(values, [...shape], 'float32')] as const,
  );
  const made: TensorInfo | TensorInfo[] = native
    .engine()
    .runKernel(kernel, Object.fromEntries(given), attrs);
  return [made].flat().map(({ shape, dataId }, index) => {
    if (shape.join() !== outputShapes[index]?.join()) {
      throw new Error('A native kernel made another shape than was planned');
    }
    return Float32Array.from(native.backend().readSync(dataId) as Float32Array);
  });
}
