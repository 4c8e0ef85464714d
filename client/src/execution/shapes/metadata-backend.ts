/** A backend that knows tensors' forms and no values: tfjs's own operations run on it to tell shapes. */
import type { DataType, KernelBackend, NamedAttrMap, Tensor, TensorInfo } from '@tensorflow/tfjs';
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
  // Below every other, so that tfjs never takes it on its own.
  tf.registerBackend(METADATA_BACKEND, () => createBackend(tf), -1_000);
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
  return infos.length === 1 && only && call.kernel !== 'Unpack' && call.kernel !== 'SplitV'
    ? only
    : infos;
}

/** Marks tensors whose shape depends on values. */
const UNKNOWN: Uint8Array[] = [];

interface Entry {
  references: number;
  readonly isUnknown: boolean;
}

function createBackend(tf: Tf): MetadataBackend {
  const entries = new WeakMap<object, Entry>();
  let count = 0;
  const entryOf = (dataId: object) => entries.get(dataId);

  class Backend extends tf.KernelBackend {
    readonly meter: WorkMeter = { work: 0 };

    makeTensor({ shape, dtype }: TensorSpec): Tensor {
      const info = { dataId: this.write([], [], dtype), shape: [...shape], dtype };
      return tf.engine().makeTensorFromTensorInfo(info, this);
    }

    specOf({ dataId, shape, dtype }: Tensor): OutputSpec {
      return { shape: entryOf(dataId)?.isUnknown ? null : [...shape], dtype };
    }

    override write(values: unknown, _shape: number[], _dtype: DataType): object {
      const dataId = {};
      entries.set(dataId, { references: 1, isUnknown: values === UNKNOWN });
      count += 1;
      return dataId;
    }

    override incRef(dataId: object): void {
      const entry = entryOf(dataId);
      if (entry) entry.references += 1;
    }

    override refCount(dataId: object): number {
      return entryOf(dataId)?.references ?? 0;
    }

    override disposeData(dataId: object, force = false): boolean {
      const entry = entryOf(dataId);
      if (entry === undefined) return true;
      entry.references -= 1;
      if (entry.references > 0 && !force) return false;
      entries.delete(dataId);
      count -= 1;
      return true;
    }

    override numDataIds(): number {
      return count;
    }

    override memory(): { unreliable: boolean } {
      return { unreliable: false };
    }

    override floatPrecision(): 16 | 32 {
      return 32;
    }

    override epsilon(): number {
      return 1e-7;
    }

    override timerAvailable(): boolean {
      return false;
    }

    override async time(run: () => void): Promise<{ kernelMs: number }> {
      run();
      return { kernelMs: 0 };
    }

    /** Tensors of other backends keep their form alone. */
    override move(dataId: object): void {
      entries.set(dataId, { references: 1, isUnknown: false });
      count += 1;
    }

    override readSync(): never {
      return refuse('shape-unknown', 'The result depends on values, and shapes alone are known');
    }

    override async read(): Promise<Float32Array> {
      return new Float32Array();
    }
  }
  return new Backend() as unknown as MetadataBackend;
}
