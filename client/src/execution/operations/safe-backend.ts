/**
 * The backend that workers compute with: the kernels of tfjs's cpu backend, each behind a check of its
 * arguments, bounds and values. It is one of its own, and not cpu, so that operations which tfjs
 * composes and gradients are checked at every kernel too, heavy kernels can be computed elsewhere, and
 * the user's cpu backend stays as it was.
 */
import type {
  DataType,
  KernelBackend,
  KernelFunc,
  NamedAttrMap,
  NamedTensorInfoMap,
  Tensor,
  TensorInfo,
} from '@tensorflow/tfjs';
import { registerHidden, withBackend } from '../shapes/active-backend.ts';
import { HELD_BYTES_MAX } from '../shapes/bounds.ts';
import { KERNEL_RULES } from '../shapes/kernel-rules.ts';
import { planKernel, type WorkMeter } from '../shapes/plan-kernel.ts';
import { refuse } from '../shapes/refuse.ts';
import { elementsOf, type KernelCall, type KernelPlan, type Tf } from '../shapes/spec.ts';
import { type Accelerate, heavyKernel } from './acceleration.ts';
import { complexFromValues } from './complex.ts';
import { countHeldBytes } from './held-bytes.ts';
import { valuesOfDtype } from './values/dtype-values.ts';
import { INDEX_CHECKS } from './values/indices.ts';
import { runProducts } from './values/integer-products.ts';
import type { TensorValues, ValueCheck, ValuedInput } from './values/kernel-values.ts';
import { SPARSE_CHECKS } from './values/sparse.ts';
import { runSumming } from './values/truth-sums.ts';

/** Name that the backend is registered under. */
const SAFE_BACKEND = 'tributary-safe';

/** What the backend knows of one tensor's data. */
interface DataEntry {
  /** What they are read as; a kernel may have said another dtype than its result has. */
  readonly dtype: DataType;
  values?: ArrayLike<number>;
  /** The parts of complex numbers. */
  readonly complexTensorInfos?: { readonly real: TensorInfo; readonly imag: TensorInfo };
}

/** tfjs's cpu backend, as far as it is used here, with what belongs to the operation that runs. */
interface SafeBackend extends KernelBackend {
  readonly data: {
    get(dataId: object): DataEntry;
    has(dataId: object): boolean;
  };
  makeTensorInfo(shape: number[], dtype: DataType, values: TensorValues): TensorInfo;
  disposeIntermediateTensorInfo(info: TensorInfo): void;
  /** Makes it greet in the console of Node. */
  firstUse: boolean;
  usage: Usage;
  /** Bytes of the tensors that the backend holds. */
  heldBytes: () => number;
  accelerate: Accelerate | undefined;
}

/** What the outermost call has used so far, and how long it may go on. */
interface Usage extends WorkMeter {
  /** Bytes that the backend held before it. */
  readonly bytesBefore: number;
  readonly assertInTime: () => void;
}

const VALUE_CHECKS: Readonly<Record<string, ValueCheck>> = { ...INDEX_CHECKS, ...SPARSE_CHECKS };

function safeBackendOf(tf: Tf): SafeBackend {
  if (tf.findBackendFactory(SAFE_BACKEND) === null) register(tf);
  return tf.engine().findBackend(SAFE_BACKEND) as SafeBackend;
}

/**
 * Computes on the safe backend for the time of one synchronous call, whatever the user's backend is.
 * The outermost call bounds work, memory and time of everything within it.
 *
 * @param assertInTime - Asked before each kernel; throws to end the call.
 */
export function withSafeBackend<Result>(
  tf: Tf,
  body: () => Result,
  assertInTime: () => void = () => undefined,
): Result {
  const backend = safeBackendOf(tf);
  if (tf.engine().backendName !== SAFE_BACKEND) {
    backend.usage = { work: 0, bytesBefore: backend.heldBytes(), assertInTime };
  }
  return withBackend(tf, SAFE_BACKEND, body);
}

/** Has heavy kernels computed elsewhere from now on; `undefined` ends that. */
export function accelerateWith(tf: Tf, accelerate: Accelerate | undefined): void {
  safeBackendOf(tf).accelerate = accelerate;
}

/**
 * The same tensor with its data on the safe backend. tfjs moves data on its own, but for complex tensors,
 * whose two parts it loses; those are made anew.
 */
export function onSafeBackend(tf: Tf, tensor: Tensor): Tensor {
  if (tensor.dtype !== 'complex64' || safeBackendOf(tf).data.has(tensor.dataId)) return tensor;
  return complexFromValues(tf, tensor.shape, tensor.dataSync());
}

function register(tf: Tf): void {
  const create = tf.findBackendFactory('cpu');
  if (create === null) throw new Error('tfjs has no cpu backend; import @tensorflow/tfjs');
  registerHidden(tf, SAFE_BACKEND, () => {
    const backend = create() as SafeBackend;
    return Object.assign(backend, {
      firstUse: false,
      usage: { work: 0, bytesBefore: 0, assertInTime: () => undefined },
      heldBytes: countHeldBytes(backend),
      accelerate: undefined,
    });
  });
  for (const kernelName of Object.keys(KERNEL_RULES)) {
    const cpu = tf.getKernel(kernelName, 'cpu');
    if (cpu === null || cpu === undefined) continue;
    tf.registerKernel({
      kernelName,
      backendName: SAFE_BACKEND,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const call = { tf, kernel: kernelName, inputs, attrs: (attrs ?? {}) as NamedAttrMap };
        return runKernel(backend as SafeBackend, call, cpu.kernelFunc);
      },
    });
  }
}

interface Call extends KernelCall {
  readonly inputs: NamedTensorInfoMap;
}

function runKernel(backend: SafeBackend, call: Call, run: KernelFunc): TensorInfo | TensorInfo[] {
  const plan = planKernel(call, backend.usage);
  backend.usage.assertInTime();
  checkMemory(call, backend);
  VALUE_CHECKS[call.kernel]?.((name) => valuedInput(backend, call.inputs[name]), call.attrs);
  const compute = (inputs: NamedTensorInfoMap) =>
    runProducts(backend, { ...call, inputs }, (given) => run({ ...call, inputs: given, backend }));
  const made = accelerated(backend, call, plan) ?? runSumming(backend, call, compute);
  const infos = Array.isArray(made) ? made : [made];
  const own = infos.map((info, index) => checked(backend, info, { call, plan, index }));
  return Array.isArray(made) ? own : (own[0] as TensorInfo);
}

/** Bounds what operations of many kernels and gradients hold on their way. */
function checkMemory({ kernel }: Call, { heldBytes, usage }: SafeBackend): void {
  const held = heldBytes() - usage.bytesBefore;
  if (held <= HELD_BYTES_MAX) return;
  refuse(
    'memory-exceeded',
    `${kernel} comes when ${held} bytes are held, expected at most ${HELD_BYTES_MAX}; use smaller parts`,
  );
}

function valuedInput(backend: SafeBackend, info: TensorInfo | undefined): ValuedInput {
  if (info === undefined)
    return refuse('argument-missing', 'A tensor that the operation needs is missing');
  const { shape, dtype, dataId } = info;
  return { shape, dtype, values: (backend.data.get(dataId).values ?? []) as TensorValues };
}

function accelerated(backend: SafeBackend, call: Call, plan: KernelPlan): TensorInfo | undefined {
  if (backend.accelerate === undefined) return undefined;
  const given = Object.entries(call.inputs).filter(([, info]) => info != null);
  const heavy = heavyKernel(call, plan, () =>
    Object.fromEntries(given.map(([name, info]) => [name, valuedInput(backend, info)])),
  );
  const [values] = (heavy && backend.accelerate(heavy)) ?? [];
  const [shape] = heavy?.outputShapes ?? [];
  return values && shape && backend.makeTensorInfo([...shape], 'float32', values);
}

/** A result that is what was planned, with values of its dtype. */
function checked(
  backend: SafeBackend,
  info: TensorInfo,
  { call, plan, index }: { call: Call; plan: KernelPlan; index: number },
): TensorInfo {
  const { shape, dtype, dataId } = info;
  const planned = plan.outputs[index];
  const isPlanned = planned?.dtype === dtype && (planned.shape ?? shape).join() === shape.join();
  if (!isPlanned)
    refuse(
      'operation-failed',
      `${call.kernel} made ${dtype} [${shape}], planned was ${planned?.dtype} [${planned?.shape}]`,
    );
  const { values = [] } = backend.data.get(dataId);
  if (dtype !== 'complex64' && values.length !== elementsOf(shape)) {
    refuse('operation-failed', `${call.kernel} made ${values.length} values for [${shape}]`);
  }
  return withOwnValues(backend, info);
}

/**
 * A tensor whose values are those of its dtype. The cpu backend lets a bool tensor hold 2 or 255, an
 * int32 one fractions, and a float32 one integers of more than 24 bits, until it is read; a worker that
 * stored it in between would go on with other numbers than one that didn't.
 */
function withOwnValues(backend: SafeBackend, info: TensorInfo): TensorInfo {
  const { shape, dtype, dataId } = info;
  const { complexTensorInfos: parts, dtype: dtypeRead, values = [] } = backend.data.get(dataId);
  if (parts !== undefined) {
    for (const { dataId: ofPart } of [parts.real, parts.imag]) {
      const entry = backend.data.get(ofPart);
      entry.values = valuesOfDtype(entry.values ?? [], 'float32');
    }
    return info;
  }
  const own = valuesOfDtype(values, dtype);
  if (own === values && dtypeRead === dtype) return info;
  // Not in place: a tensor of another dtype may share the data.
  const normal = backend.makeTensorInfo(shape, dtype, own);
  backend.disposeIntermediateTensorInfo(info);
  return normal;
}

/** The same tensor, or one of the same form, whose values are those of its dtype, also where no kernel made it. */
export function holdingOwnValues(tf: Tf, tensor: Tensor): Tensor {
  const backend = safeBackendOf(tf);
  if (tensor.dtype === 'complex64' || !backend.data.has(tensor.dataId)) return tensor;
  const values = backend.data.get(tensor.dataId).values ?? [];
  const own = valuesOfDtype(values, tensor.dtype);
  return own === values ? tensor : tf.tensor(own, tensor.shape, tensor.dtype);
}
