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

/**
 * Corrections that only choose another slope where a function bends. The losses of tfjs's layers are
 * composed with its own choice: `relu(x) - x * z + log1p(exp(-abs(x)))` is smooth at 0, and its gradient
 * is right there only if the slope of `abs` is −1 where that of `relu` is 0.
 */
const CHOICES_AT_BENDS: ReadonlySet<string> = new Set(['Abs']);

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

/** Those of {@link correctedGradients} that training with tfjs's layers takes. */
export function trainingGradients(tf: Tf): readonly GradConfig[] {
  return correctedGradients(tf).filter(({ kernelName }) => !CHOICES_AT_BENDS.has(kernelName));
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

function register(tf: Tf, configs: readonly GradConfig[]): void {
  replace(
    tf,
    configs.map((config) => [config.kernelName, config] as const),
  );
}

/**
 * Registers {@link trainingGradients} for good, for every backend of this TensorFlow.js; again is
 * harmless. For programs that train with it.
 */
export function registerGradients(tf: Tf): void {
  register(tf, trainingGradients(tf));
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
  register(tf, corrected);
  try {
    return body();
  } finally {
    replace(tf, before);
  }
}
