/** Kernels of signals and of normalisation. */
import { inputOf } from '../arguments.ts';
import { refuse } from '../refuse.ts';
import { elementsOf, type KernelRule } from '../spec.ts';

/** Work for each element of each halving of a row, and for each row: 5 and 100 µs on tfjs's cpu backend. */
const HALVING_WORK = 800;
const ROW_WORK: number = 2 ** 14;

const fourier: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'input');
  if (dtype !== 'complex64') {
    refuse('dtype-unsupported', `${call.kernel} got ${dtype}, expected complex64`);
  }
  const length = shape.at(-1) ?? 1;
  const isPowerOfTwo = Number.isInteger(Math.log2(length));
  // Halves are transformed as tensors of their own, one element after another of other lengths.
  const steps = isPowerOfTwo ? HALVING_WORK * (Math.log2(length) + 1) : 8 * length;
  const rows = elementsOf(shape.slice(0, -1));
  return {
    outputs: [{ shape, dtype }],
    work: elementsOf(shape) * steps + rows * ROW_WORK,
    scratchElements: 4 * elementsOf(shape),
  };
};

const batchNorm: KernelRule = (call) => {
  const x = inputOf(call, 'x');
  for (const name of ['mean', 'variance', 'scale', 'offset']) {
    const part = call.inputs[name];
    if (!part) continue;
    const made = call.tf.backend_util.assertAndGetBroadcastShape([...x.shape], [...part.shape]);
    if (made.join() !== x.shape.join()) {
      refuse('argument-invalid', `FusedBatchNorm of [${x.shape}] got a ${name} of [${part.shape}]`);
    }
  }
  return { outputs: [x], work: 8 * elementsOf(x.shape) };
};

/** Rules by kernel. */
export const SIGNALS: Readonly<Record<string, KernelRule>> = {
  FFT: fourier,
  FusedBatchNorm: batchNorm,
  IFFT: fourier,
};
