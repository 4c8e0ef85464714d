import { PointerMisuseError } from '../misuse.ts';

const KEEPING =
  'tf.keep() does nothing for pointers: the object stays while a pointer to it does, and goes with dispose() or the end of its hook.tidy()';

/**
 * Has TensorFlow.js take objects of a class for tensors until it asks for their data, which is refused in a
 * sentence that helps. It knows a tensor by its members `data`, `dataSync` and `throwIfDisposed`. So
 * `tf.dispose` disposes pointers, `tf.tidy` leaves them as they are, and every other function refuses them.
 */
export function lookLikeTensors(kind: abstract new (...args: never) => object): void {
  Object.defineProperties(kind.prototype, {
    throwIfDisposed: { value: () => undefined, configurable: true },
    kept: {
      configurable: true,
      get: () => true,
      set: () => {
        throw new PointerMisuseError(KEEPING);
      },
    },
  });
}
