import type { DataType, Tensor } from '@tensorflow/tfjs';
import type { TensorContent } from './create-command.ts';
import type { Tf } from './tf.ts';

/** Copies a local tensor's values as they are now; the tensor may be disposed afterwards. */
export function contentOf(tensor: Tensor): TensorContent {
  const { shape, dtype } = tensor;
  if (dtype === 'string') {
    throw new TypeError('Workers hold numbers and not strings; send a tensor of another dtype');
  }
  const values = tensor.dataSync<'float32'>();
  // A copy: on some backends what dataSync gives is the tensor's own memory, or the caller's array.
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
  return { shape, dtype, bytes };
}

/** Makes the local tensor that {@link contentOf} took apart. */
export function tensorOf(tf: Tf, { shape, dtype, bytes }: TensorContent): Tensor {
  const values = valuesOf(dtype, bytes.slice().buffer);
  if (dtype !== 'complex64') return tf.tensor(values, [...shape], dtype as DataType);
  const parts = values as Float32Array;
  const real = parts.filter((_, index) => index % 2 === 0);
  const imaginary = parts.filter((_, index) => index % 2 === 1);
  return tf.tidy(() => tf.complex(tf.tensor(real, [...shape]), tf.tensor(imaginary, [...shape])));
}

function valuesOf(dtype: string, buffer: ArrayBuffer): Float32Array | Int32Array | Uint8Array {
  if (dtype === 'int32') return new Int32Array(buffer);
  if (dtype === 'bool') return new Uint8Array(buffer);
  return new Float32Array(buffer);
}
