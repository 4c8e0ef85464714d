import type { Tensor } from '@tensorflow/tfjs';
import { tensorOfElements } from '../execution/index.ts';
import {
  CommandError,
  REMOTE_RANK_MAX,
  type RemoteDtype,
  TENSOR_ELEMENTS_MAX,
} from '../protocol/index.ts';
import type { TensorContent } from './create-command.ts';
import type { Tf } from './tf.ts';

type TypedValues = Float32Array | Int32Array | Uint8Array;

/** What holds the values of each dtype; complex ones alternate, real part first. */
const ARRAYS = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
  complex64: Float32Array,
} as const;

/** Copies a local tensor's values as they are now; the tensor may be disposed afterwards. */
export function contentOf(tensor: Tensor): TensorContent {
  const { shape, dtype } = tensor;
  if (dtype === 'string') {
    throw new CommandError(
      `send() got a tensor of shape [${shape}] and dtype string, expected float32, int32, bool or complex64; workers hold numbers and not strings: send numbers that stand for them`,
      { code: 'dtype-unsupported', detail: { dtype } },
    );
  }
  if (shape.length > REMOTE_RANK_MAX || tensor.size > TENSOR_ELEMENTS_MAX) {
    throw new CommandError(
      `A tensor of shape [${shape}] can't be sent, expected at most ${REMOTE_RANK_MAX} dimensions and ${TENSOR_ELEMENTS_MAX} elements; reshape it or send parts of it`,
      { code: 'tensor-too-large' },
    );
  }
  const values: TypedValues = tensor.dataSync<'float32'>();
  const ArrayOf = ARRAYS[dtype];
  // Always a copy: on some backends what dataSync gives is the tensor's own memory, or the caller's
  // array; and after a cast it may still be an array of the dtype before.
  const copy: TypedValues = new ArrayOf(values);
  // Some kernels leave other numbers than 0 and 1 in truth values; workers take these two only.
  if (dtype === 'bool') for (const [i, value] of values.entries()) copy[i] = value === 0 ? 0 : 1;
  return {
    shape: [...shape],
    dtype,
    bytes: new Uint8Array(copy.buffer, copy.byteOffset, copy.byteLength),
  };
}

/** Makes the local tensor that {@link contentOf} took apart. */
export function tensorOf(tf: Tf, { shape, dtype, bytes }: TensorContent): Tensor {
  return tensorOfElements(tf, { shape, dtype: dtype as RemoteDtype }, bytes);
}
