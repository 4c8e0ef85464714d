import { CREATION_MAKERS } from './creation.ts';
import { ELEMENTWISE_MAKERS } from './elementwise.ts';
import { IMAGE_MAKERS } from './images.ts';
import { INDEXING_MAKERS } from './indexing.ts';
import { LOSS_MAKERS } from './losses.ts';
import { PRODUCT_MAKERS } from './products.ts';
import type { Makers } from './random-inputs.ts';
import { REDUCTION_MAKERS } from './reductions.ts';
import { SHAPING_MAKERS } from './shaping.ts';
import { SIGNAL_MAKERS } from './signals.ts';
import { WINDOW_MAKERS } from './windows.ts';

/** How to make valid arguments of every operation. */
export const MAKERS: Makers = {
  ...CREATION_MAKERS,
  ...ELEMENTWISE_MAKERS,
  ...IMAGE_MAKERS,
  ...INDEXING_MAKERS,
  ...LOSS_MAKERS,
  ...PRODUCT_MAKERS,
  ...REDUCTION_MAKERS,
  ...SHAPING_MAKERS,
  ...SIGNAL_MAKERS,
  ...WINDOW_MAKERS,
};
