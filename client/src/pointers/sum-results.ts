import type { Tensor } from '@tensorflow/tfjs';
import type { PointerTensor } from './pointer-tensor.ts';
import type { TensorHook } from './tensor-hook.ts';

/** Adds what several workers sent, in order, and disposes the addends. */
export function sumOf(hook: TensorHook, values: readonly unknown[]): unknown {
  const { localTf } = hook;
  if (!values.every((value) => value instanceof localTf.Tensor)) {
    return hook.tf.addN(values as PointerTensor[]);
  }
  const addends = values as Tensor[];
  const sum = localTf.tidy(() => addends.reduce((left, right) => left.add(right)).clone());
  localTf.dispose(addends);
  return sum;
}
