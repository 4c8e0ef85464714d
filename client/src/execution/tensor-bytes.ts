import type { Tensor } from '@tensorflow/tfjs';
import { CommandError, type RemoteForm, remoteBytes } from '../protocol/index.ts';
import { complexFromValues } from './operations/complex.ts';
import { withSafeBackend } from './operations/safe-backend.ts';
import { valuesOfDtype } from './operations/values/dtype-values.ts';
import type { Tf } from './shapes/spec.ts';

/**
 * Makes a tensor of its elements, on the active backend; the caller disposes it.
 *
 * @param bytes - Copied.
 */
export function tensorOfElements(tf: Tf, { dtype, shape }: RemoteForm, bytes: Uint8Array): Tensor {
  const { buffer } = bytes.slice();
  const dimensions = [...shape];
  if (dtype === 'int32') return tf.tensor(new Int32Array(buffer), dimensions, dtype);
  if (dtype === 'bool') return tf.tensor(new Uint8Array(buffer), dimensions, dtype);
  const floats = new Float32Array(buffer);
  return dtype === 'float32'
    ? tf.tensor(floats, dimensions, dtype)
    : complexFromValues(tf, shape, floats);
}

/** As {@link tensorOfElements}, on the safe backend. */
export function tensorFromBytes(tf: Tf, form: RemoteForm, bytes: Uint8Array): Tensor {
  return withSafeBackend(tf, () => tensorOfElements(tf, form, bytes));
}

/** Elements of a tensor, as {@link tensorFromBytes} takes them. */
export function bytesOfTensor(tensor: Tensor): Uint8Array {
  // Complex numbers come with their parts in turn, as they are stored.
  const values = valuesOfDtype(tensor.dataSync<'float32'>(), tensor.dtype);
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
}

/** Form of a tensor that an operation made. */
export function formOfTensor({ dtype, shape }: Tensor): RemoteForm {
  return { dtype: dtype as RemoteForm['dtype'], shape: [...shape] };
}

/**
 * Checks elements that somebody sent.
 *
 * @throws {@link CommandError} `data-invalid` for another length than the form has, or truth values besides 0 and 1.
 */
export function checkElements(form: RemoteForm, bytes: Uint8Array): void {
  const expected = remoteBytes(form);
  if (bytes.length !== expected) {
    throw new CommandError(
      `A ${form.dtype} tensor of shape [${form.shape}] came with ${bytes.length} bytes, expected ${expected}; send its elements as they lie in memory`,
      { code: 'data-invalid' },
    );
  }
  if (form.dtype === 'bool' && bytes.some((byte) => byte > 1)) {
    throw new CommandError('A bool tensor came with other bytes than 0 and 1; send those alone', {
      code: 'data-invalid',
    });
  }
}
