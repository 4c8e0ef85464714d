import type { Disposable } from '../lifetime.ts';

/**
 * Has `tf.dispose` dispose objects of a class. It looks for tensors in whatever enumerable properties
 * there are, and knows one by three members; `tf.tidy` looks too, and leaves alone what is kept.
 */
export function disposeByTensorFlow(kind: abstract new (...args: never) => object): void {
  Object.defineProperty(kind.prototype, 'forTensorFlow', {
    enumerable: true,
    configurable: true,
    get(this: Disposable) {
      const absent = (): undefined => undefined;
      return {
        kept: true,
        data: absent,
        dataSync: absent,
        throwIfDisposed: absent,
        dispose: () => this.dispose(),
      };
    },
  });
}
