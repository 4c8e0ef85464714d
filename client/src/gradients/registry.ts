import type { GradConfig } from '@tensorflow/tfjs';
import type { Tf } from './rule.ts';
import { CONVOLUTIONS } from './rules/convolutions.ts';
import { ELEMENTWISE } from './rules/elementwise.ts';
import { IMAGES } from './rules/images.ts';
import { JOINING } from './rules/joining.ts';
import { MOVING } from './rules/moving.ts';
import { NORMALIZATION } from './rules/normalization.ts';
import { POOLING } from './rules/pooling.ts';
import { PRODUCTS } from './rules/products.ts';
import { REDUCTIONS } from './rules/reductions.ts';
import { ROWS } from './rules/rows.ts';

const RULES = [
  CONVOLUTIONS,
  ELEMENTWISE,
  IMAGES,
  JOINING,
  MOVING,
  NORMALIZATION,
  POOLING,
  PRODUCTS,
  REDUCTIONS,
  ROWS,
];

/** Made once for each TensorFlow.js. */
const CORRECTED = new WeakMap<Tf, readonly GradConfig[]>();

/** Gradients that TensorFlow.js lacks or has wrong, one for each kernel. */
export function correctedGradients(tf: Tf): readonly GradConfig[] {
  const known = CORRECTED.get(tf);
  if (known !== undefined) return known;
  const made = RULES.flatMap((rules) => rules(tf));
  CORRECTED.set(tf, made);
  return made;
}

/** Puts gradients in place of what is registered; `undefined` leaves a kernel without one. */
function replace(
  tf: Tf,
  configs: Iterable<readonly [kernelName: string, config: GradConfig | undefined]>,
): void {
  for (const [kernelName, config] of configs) {
    // Registering over another would be told on the console in debug mode.
    if (tf.getGradient(kernelName) !== undefined) tf.unregisterGradient(kernelName);
    if (config !== undefined) tf.registerGradient(config);
  }
}

/**
 * Registers the corrected gradients for good, for every backend of this TensorFlow.js; again is
 * harmless. For programs that train with it.
 */
export function registerGradients(tf: Tf): void {
  replace(
    tf,
    correctedGradients(tf).map((config) => [config.kernelName, config] as const),
  );
}

/**
 * Has the corrected gradients in place during one synchronous call. Those that the program registered
 * are back after it.
 */
export function withGradients<Result>(tf: Tf, body: () => Result): Result {
  const corrected = correctedGradients(tf);
  const before = corrected.map(
    ({ kernelName }) => [kernelName, tf.getGradient(kernelName)] as const,
  );
  registerGradients(tf);
  try {
    return body();
  } finally {
    replace(tf, before);
  }
}
