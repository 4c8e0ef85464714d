/** A backend that knows tensors' forms and no values: tfjs's own operations run on it to tell shapes. */
import type { DataType, KernelBackend, NamedAttrMap, Tensor, TensorInfo } from '@tensorflow/tfjs';
import { registerHidden } from './active-backend.ts';
import { KERNEL_RULES } from './kernel-rules.ts';
import { planKernel, type WorkMeter } from './plan-kernel.ts';
import { refuse } from './refuse.ts';
import type { KernelCall, OutputSpec, TensorSpec, Tf } from './spec.ts';

/** Name that the backend is registered under. */
export const METADATA_BACKEND = 'tributary-shapes';

/** The backend, with what it knows of the operation that runs. */
export interface MetadataBackend extends KernelBackend {
  readonly meter: WorkMeter;
  /** Makes a tensor of a form; the caller disposes it. */
  makeTensor(spec: TensorSpec): Tensor;
  /** Form of a tensor of this backend; the shape is `null` where it depends on values. */
  specOf(tensor: Tensor): OutputSpec;
}

/** The metadata backend of a tfjs; registers it when it isn't yet. */
export function metadataBackendOf(tf: Tf): MetadataBackend {
  if (tf.findBackendFactory(METADATA_BACKEND) === null) register(tf);
  return tf.engine().findBackend(METADATA_BACKEND) as MetadataBackend;
}

function register(tf: Tf): void {
  registerHidden(tf, METADATA_BACKEND, () => createBackend(tf));
  for (const kernelName of Object.keys(KERNEL_RULES)) {
    tf.registerKernel({
      kernelName,
      backendName: METADATA_BACKEND,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const own = backend as MetadataBackend;
        const call = { tf, kernel: kernelName, inputs, attrs: attrs as NamedAttrMap };
        return runOn(own, call as KernelCall);
      },
    });
  }
}

function runOn(backend: MetadataBackend, call: KernelCall): TensorInfo | TensorInfo[] {
  const infos = planKernel(call, backend.meter).outputs.map(({ shape, dtype }) => ({
    dataId: backend.write(shape === null ? UNKNOWN : [], [], dtype ?? 'float32'),
    shape: [...(shape ?? [])],
    dtype: dtype ?? ('float32' as DataType),
  }));
  const [only] = infos;
  return infos.length === 1 && only && !LIST_KERNELS.has(call.kernel) ? only : infos;
}

/** Kernels that make a list also of one. */
const LIST_KERNELS: ReadonlySet<string> = new Set(['SplitV', 'Unpack']);

/** Marks tensors whose shape depends on values. */
const UNKNOWN: Uint8Array[] = [];

interface Entry {
  references: number;
  readonly isUnknown: boolean;
}

/** Which data there are, and how many tensors share each. */
class Entries {
  readonly #entries = new WeakMap<object, Entry>();
  count = 0;

  add(dataId: object, isUnknown: boolean): object {
    this.#entries.set(dataId, { references: 1, isUnknown });
    this.count += 1;
    return dataId;
  }

  of(dataId: object): Entry | undefined {
    return this.#entries.get(dataId);
  }

  share(dataId: object): void {
    const entry = this.of(dataId);
    if (entry) entry.references += 1;
  }

  /** @returns whether nothing shares it any more */
  release(dataId: object, force: boolean): boolean {
    const entry = this.of(dataId);
    if (entry === undefined) return true;
    entry.references -= 1;
    if (entry.references > 0 && !force) return false;
    this.#entries.delete(dataId);
    this.count -= 1;
    return true;
  }
}

/** The class that tfjs's backends extend is its own, so it is known only once tfjs is. */
function createBackend(tf: Tf): MetadataBackend {
  const entries = new Entries();

  class Backend extends tf.KernelBackend {
    readonly meter: WorkMeter = { work: 0 };

    makeTensor({ shape, dtype }: TensorSpec): Tensor {
      const info = { dataId: entries.add({}, false), shape: [...shape], dtype };
      return tf.engine().makeTensorFromTensorInfo(info, this);
    }

    specOf({ dataId, shape, dtype }: Tensor): OutputSpec {
      return { shape: entries.of(dataId)?.isUnknown ? null : [...shape], dtype };
    }

    override write = (values: unknown): object => entries.add({}, values === UNKNOWN);
    /** Tensors of other backends keep their form alone. */
    override move = (dataId: object): void => void entries.add(dataId, false);
    override incRef = (dataId: object): void => entries.share(dataId);
    override refCount = (dataId: object): number => entries.of(dataId)?.references ?? 0;
    override disposeData = (dataId: object, force = false): boolean =>
      entries.release(dataId, force);
    override dispose = (): void => undefined;
    override numDataIds = (): number => entries.count;
    override memory = (): { unreliable: boolean } => ({ unreliable: false });
    override floatPrecision = (): 16 | 32 => 32;
    override epsilon = (): number => 1e-7;
    override timerAvailable = (): boolean => false;

    /** Asked for when tfjs profiles. */
    override async time(run: () => void): Promise<{ kernelMs: number }> {
      run();
      return { kernelMs: 0 };
    }

    override readSync(): never {
      return refuse('shape-unknown', 'The result depends on values, and shapes alone are known');
    }

    override async read(): Promise<Float32Array> {
      return new Float32Array();
    }
  }
  return new Backend();
}
