/** What tfjs's recurrent layers keep after a training step. */
import * as tf from '@tensorflow/tfjs';

/** Where layers keep the layers and cells inside them. */
const PARTS = ['layers', 'layer', 'forwardLayer', 'backwardLayer', 'cell', 'cells'] as const;

/** Dropout masks of a recurrent cell: made in one step, dropped only by the next. */
const MASKS = ['dropoutMask', 'recurrentDropoutMask'] as const;

function freeMasks(thing: object): void {
  for (const name of MASKS) {
    const mask: unknown = Reflect.get(thing, name);
    if (mask === undefined || mask === null) continue;
    tf.dispose(mask as tf.TensorContainer);
    Reflect.set(thing, name, null);
  }
}

/** Frees the dropout masks of every recurrent layer, however deep. */
export function freeRecurrentMasks(thing: unknown): void {
  if (typeof thing !== 'object' || thing === null) return;
  if (Array.isArray(thing)) {
    for (const part of thing) freeRecurrentMasks(part);
    return;
  }
  freeMasks(thing);
  for (const part of PARTS) freeRecurrentMasks(Reflect.get(thing, part));
}
