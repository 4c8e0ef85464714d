import { BROADCASTING } from './rules/broadcasting.ts';
import { CONVOLUTION } from './rules/convolution.ts';
import { CREATION } from './rules/creation.ts';
import { ELEMENTWISE } from './rules/elementwise.ts';
import { IMAGES } from './rules/images.ts';
import { INDEXING } from './rules/indexing.ts';
import { JOINING } from './rules/joining.ts';
import { POOLING } from './rules/pooling.ts';
import { PRODUCTS } from './rules/products.ts';
import { REDUCTIONS } from './rules/reductions.ts';
import { SHAPING } from './rules/shaping.ts';
import { SIGNALS } from './rules/signals.ts';
import { SPARSE } from './rules/sparse.ts';
import type { KernelRule } from './spec.ts';

/** The rule of every kernel that may run; the prototype is null, so that only these are found. */
export const KERNEL_RULES: Readonly<Record<string, KernelRule>> = Object.freeze({
  __proto__: null as never,
  ...BROADCASTING,
  ...CONVOLUTION,
  ...CREATION,
  ...ELEMENTWISE,
  ...IMAGES,
  ...INDEXING,
  ...JOINING,
  ...POOLING,
  ...PRODUCTS,
  ...REDUCTIONS,
  ...SHAPING,
  ...SIGNALS,
  ...SPARSE,
});
