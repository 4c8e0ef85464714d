import type { Tensor } from '@tensorflow/tfjs';
import { TensorHandle } from './tensor-handle.ts';
import type { TensorHook } from './tensor-hook.ts';

/** True for a tensor of TensorFlow.js itself, to which pointers look like tensors too. */
export function isLocalTensor(hook: TensorHook, value: unknown): value is Tensor {
  return !(value instanceof TensorHandle) && value instanceof hook.localTf.Tensor;
}
