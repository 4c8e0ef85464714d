import type { Tensor } from '@tensorflow/tfjs';
import type { Tf } from '../shapes/spec.ts';

/** A complex tensor from values that alternate, real part first, as tfjs reads them; made on the active backend. */
export function complexFromValues(
  tf: Tf,
  shape: readonly number[],
  values: ArrayLike<number>,
): Tensor {
  const part = (offset: number) =>
    tf.tensor(
      Float32Array.from({ length: values.length / 2 }, (_, i) => values[2 * i + offset] ?? 0),
      [...shape],
    );
  return tf.tidy(() => tf.complex(part(0), part(1)));
}
