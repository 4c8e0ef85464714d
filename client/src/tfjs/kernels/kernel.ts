/** How a kernel composed from a backend's other kernels is described and registered. */
import type { KernelConfig, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';

/** Tensors a kernel is called with, by the names its operation gives them. */
export interface KernelInputs {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
}

/** Arguments the engine calls a kernel with, after `attrs` were given their real type. */
export interface KernelCall<Attrs> extends KernelInputs {
  readonly attrs: Attrs;
}

/** A kernel made of tensor operations; intermediates are freed by its caller. */
export interface ComposedKernel {
  readonly kernelName: string;
  /** `native` is the backend's own kernel of this name, where it has one. */
  readonly compose: (call: KernelCall<never>, native: NativeKernel) => tf.Tensor;
}

/** Calls the kernel that was registered before; throws if there was none. */
export type NativeKernel = (inputs: NamedTensorInfoMap, attrs: object) => tf.Tensor;

const COMPOSED = Symbol.for('tributary.composed-kernel');

/** The tensor of input `name`. */
export function inputOf(call: KernelInputs, name: string): tf.Tensor {
  const tensor = call.inputs[name];
  if (tensor === undefined) throw new Error(`Kernel input ${name} is missing`);
  return tensor;
}

/** The engine calls kernels with tensors, and with nothing for inputs an operation leaves out. */
function presentInputs(inputs: NamedTensorInfoMap): Record<string, tf.Tensor> {
  const present = Object.entries(inputs).filter(([, input]) => input instanceof tf.Tensor);
  return Object.fromEntries(present) as Record<string, tf.Tensor>;
}

function nativeKernel(config: KernelConfig | undefined, kernelName: string): NativeKernel {
  return (inputs, attrs) => {
    if (config === undefined) throw new Error(`There is no kernel ${kernelName} to build on`);
    const info = config.kernelFunc({
      inputs,
      attrs: attrs as NamedAttrMap,
      backend: tf.backend(),
    }) as TensorInfo;
    return tf.engine().makeTensorFromTensorInfo(info);
  };
}

/**
 * Registers `kernel` for a backend in place of whatever was there; again is harmless. The native
 * kernel keeps being set up with the backend, because composed ones may call it.
 */
export function registerComposed(kernel: ComposedKernel, backendName: string): void {
  const { kernelName } = kernel;
  const existing = tf.getKernel(kernelName, backendName) as KernelConfig | undefined;
  if (existing !== undefined && COMPOSED in existing.kernelFunc) return;
  const native = nativeKernel(existing, kernelName);
  const kernelFunc: KernelConfig['kernelFunc'] = ({ inputs, attrs }) =>
    tf.tidy(() =>
      kernel.compose({ inputs: presentInputs(inputs), attrs: (attrs ?? {}) as never }, native),
    );
  if (existing !== undefined) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: Object.assign(kernelFunc, { [COMPOSED]: true }),
    ...(existing?.setupFunc === undefined ? {} : { setupFunc: existing.setupFunc }),
    ...(existing?.disposeFunc === undefined ? {} : { disposeFunc: existing.disposeFunc }),
  });
}
