/** What tfjs's recurrent layers keep after a training step. */
import * as tf from '@tensorflow/tfjs';
import { partsOf } from './layer-parts.ts';

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
export function freeRecurrentMasks(things: readonly object[]): void {
  for (const thing of things) {
    freeMasks(thing);
    freeRecurrentMasks(partsOf(thing));
  }
}
