import type { Tensor } from '@tensorflow/tfjs';
import type { Disposable } from './lifetime.ts';
import { isLocalTensor } from './local-tensor.ts';
import type { PointerTensor } from './pointer-tensor.ts';
import type { TensorHook } from './tensor-hook.ts';

/**
 * Adds what several workers sent, in order, and disposes the addends, also when they don't fit
 * together. The sum of truth values counts those that are true, as int32.
 */
export function sumOf(hook: TensorHook, values: readonly unknown[]): unknown {
  try {
    return values.every((value) => isLocalTensor(hook, value))
      ? hook.localTf.tidy(() => (values as Tensor[]).map(asNumbers).reduce(add).clone())
      : hook.tf.addN(values as PointerTensor[]);
  } finally {
    for (const value of values) (value as Disposable).dispose();
  }
}

function asNumbers(tensor: Tensor): Tensor {
  return tensor.dtype === 'bool' ? tensor.toInt() : tensor;
}

function add(left: Tensor, right: Tensor): Tensor {
  return left.add(right);
}
