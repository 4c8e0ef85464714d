/** Kernels of signals and of normalisation. */
import { inputOf } from '../arguments.ts';
import { refuse } from '../refuse.ts';
import { elementsOf, type KernelRule } from '../spec.ts';

const fourier: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'input');
  if (dtype !== 'complex64') {
    refuse('dtype-unsupported', `${call.kernel} got ${dtype}, allowed is complex64`);
  }
  const length = shape.at(-1) ?? 1;
  const isPowerOfTwo = Number.isInteger(Math.log2(length));
  // Other lengths go the long way.
  const steps = isPowerOfTwo ? 8 * (Math.log2(length) + 1) : 8 * length;
  return {
    outputs: [{ shape, dtype }],
    work: elementsOf(shape) * steps,
    scratchElements: 4 * elementsOf(shape),
  };
};

const batchNorm: KernelRule = (call) => {
  const x = inputOf(call, 'x');
  for (const name of ['mean', 'variance', 'scale', 'offset']) {
    const part = call.inputs[name];
    if (!part) continue;
    const made = call.tf.backend_util.assertAndGetBroadcastShape([...x.shape], [...part.shape]);
    if (made.join() !== x.shape.join() || part.shape.includes(0)) {
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
