/** The proof that a backend computes what training needs. */
import type * as tfjs from '@tensorflow/tfjs';
import { reasonOf } from '../protocol/without-values.ts';
import { withinTime } from './within-time.ts';

/** Graphics processors may compute in 16 bits. */
const ERROR_MAX = 0.01;

const IMAGE = [1, 2, 3, 4];
const FILTER = [1, -1, 2, 0.5];
/** The convolution is 7, doubled 14, squared; d/dfilter = 2 · 14 · 2 · image, d/dimage = 56 · filter. */
const EXPECTED = [14 ** 2, ...[...IMAGE, ...FILTER].map((value) => 56 * value)];

/** The value and the gradients of a convolution, a product and a square by filter and image. */
function smallGradient(tf: typeof tfjs): tfjs.Tensor {
  const loss = (filter: tfjs.Tensor, image: tfjs.Tensor): tfjs.Scalar => {
    const y = tf.conv2d(image as tfjs.Tensor4D, filter as tfjs.Tensor4D, 1, 'valid');
    const doubled = tf.matMul(tf.reshape(y, [1, 1]), tf.tensor2d([[2]]));
    return tf.sum(tf.square(tf.relu(doubled)));
  };
  const inputs = [tf.tensor4d(FILTER, [2, 2, 1, 1]), tf.tensor4d(IMAGE, [1, 2, 2, 1])];
  const { value, grads } = tf.valueAndGrads(loss)(inputs);
  return tf.concat([tf.reshape(value, [1]), ...grads.map((grad) => tf.reshape(grad, [4]))]);
}

/** Some backends compute once, and fail or give NaN when what they kept is used again. */
const PROOFS = ['first', 'second'] as const;

/**
 * Computes a small gradient twice on the backend in use and compares it: a backend may load and fail,
 * be wrong, or never answer, at its first operation or later.
 *
 * @throws `Error` that says which.
 */
export async function proveGradient(tf: typeof tfjs): Promise<void> {
  for (const which of PROOFS) await proveOnce(tf, which);
}

async function proveOnce(tf: typeof tfjs, which: (typeof PROOFS)[number]): Promise<void> {
  let computed: tfjs.Tensor | undefined;
  try {
    computed = tf.tidy(() => smallGradient(tf));
    const values = [...(await withinTime(computed.data(), 'it did not answer'))];
    const isRight = values.every(
      (value, i) => Math.abs(value - (EXPECTED[i] ?? 0)) <= ERROR_MAX * Math.abs(EXPECTED[i] ?? 0),
    );
    if (values.length === EXPECTED.length && isRight) return;
  } catch (cause) {
    throw new Error(`its ${which} gradient failed: ${reasonOf(cause)}`, { cause });
  } finally {
    computed?.dispose();
  }
  throw new Error(`its ${which} gradient was wrong`);
}
