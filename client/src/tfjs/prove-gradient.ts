/** The proof that a backend computes what training needs. */
import type * as tfjs from '@tensorflow/tfjs';
import { reasonOf } from '../protocol/without-values.ts';

/** Graphics processors may compute in 16 bits. */
const ERROR_MAX = 0.01;

const IMAGE = [1, 2, 3, 4];
const FILTER = [1, -1, 2, 0.5];
/** The convolution is 7, doubled 14, squared; d/dfilter = 2 · 14 · 2 · image, d/dimage = 56 · filter. */
const EXPECTED = [...IMAGE, ...FILTER].map((value) => 56 * value);

/** Gradients of a convolution, a product and a square by filter and image. */
function smallGradient(tf: typeof tfjs): tfjs.Tensor {
  const loss = (filter: tfjs.Tensor, image: tfjs.Tensor): tfjs.Scalar => {
    const y = tf.conv2d(image as tfjs.Tensor4D, filter as tfjs.Tensor4D, 1, 'valid');
    const doubled = tf.matMul(tf.reshape(y, [1, 1]), tf.tensor2d([[2]]));
    return tf.sum(tf.square(tf.relu(doubled)));
  };
  const inputs = [tf.tensor4d(FILTER, [2, 2, 1, 1]), tf.tensor4d(IMAGE, [1, 2, 2, 1])];
  return tf.concat(
    tf
      .grads(loss)(inputs)
      .map((gradient) => tf.reshape(gradient, [4])),
  );
}

/**
 * Computes a small gradient on the backend in use and compares it: a backend may load and fail, or be
 * wrong, at its first operation.
 *
 * @throws `Error` that says which.
 */
export async function proveGradient(tf: typeof tfjs): Promise<void> {
  let computed: tfjs.Tensor | undefined;
  try {
    computed = tf.tidy(() => smallGradient(tf));
    const values = [...(await computed.data())];
    const isRight = values.every(
      (value, i) => Math.abs(value - (EXPECTED[i] ?? 0)) <= ERROR_MAX * Math.abs(EXPECTED[i] ?? 0),
    );
    if (values.length === EXPECTED.length && isRight) return;
  } catch (cause) {
    throw new Error(`its first gradient failed: ${reasonOf(cause)}`, { cause });
  } finally {
    computed?.dispose();
  }
  throw new Error('its first gradient was wrong');
}
