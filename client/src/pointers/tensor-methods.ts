import type { Tensor } from '@tensorflow/tfjs';
import { type Labels, NO_LABELS, withDescription, withTags } from './labels.ts';
import { PointerMisuseError } from './misuse.ts';
import type { MultiPointerTensor } from './multi-pointer-tensor.ts';
import type { PointerTensor } from './pointer-tensor.ts';
import type { RemoteWorker } from './remote-worker.ts';
import { type SendArguments, type SendOptions, sendTensor } from './send.ts';
import type { Tf } from './tf.ts';

/** What a hook gives to the tensors of TensorFlow.js. */
export interface SendableTensor {
  /** Sends a copy of the values, as they are now, to a worker. The tensor stays. */
  send(location: RemoteWorker, options?: SendOptions): PointerTensor;
  /** Sends a copy of the values, as they are now, to several workers. The tensor stays. */
  send(...locations: SendArguments): MultiPointerTensor;
  /** The same, for a list of workers of which nobody knows whether it holds one or more. */
  send(...locations: readonly RemoteWorker[]): PointerTensor | MultiPointerTensor;
  /** Text labels that `send` takes along, by which `search` finds the object. */
  tag(...tags: readonly string[]): this;
  /** A text that `send` takes along; `search` finds the object by parts of it. */
  describe(description: string): this;
}

declare module '@tensorflow/tfjs-core/dist/tensor.js' {
  interface Tensor extends SendableTensor {}
}

/** Labels of local tensors; gone with them. */
const labelsOf = new WeakMap<Tensor, Labels>();

/** Gives the tensors of a TensorFlow.js the methods that send them. Once is enough, twice does no harm. */
export function installTensorMethods(tf: Tf): void {
  Object.defineProperties(tf.Tensor.prototype, {
    send: method(function send(this: Tensor, ...args: readonly unknown[]) {
      return sendTensor(this, args, labelsOf.get(this) ?? NO_LABELS);
    }),
    tag: method(function tag(this: Tensor, ...tags: readonly string[]) {
      labelsOf.set(this, withTags(labelsOf.get(this) ?? NO_LABELS, tags));
      return this;
    }),
    describe: method(function describe(this: Tensor, description: string) {
      labelsOf.set(this, withDescription(labelsOf.get(this) ?? NO_LABELS, description));
      return this;
    }),
  });
  for (const name of ENCRYPTING) {
    if (name in tf.Tensor.prototype) continue;
    Object.defineProperty(
      tf.Tensor.prototype,
      name,
      method(() => refuseEncrypting(name)),
    );
  }
}

/** What people know of PySyft's tensors, and no tensor of TensorFlow.js has. */
const ENCRYPTING = ['encrypt', 'fix_prec', 'fix_precision', 'private_tensor', 'share'] as const;

function refuseEncrypting(name: string): never {
  throw new PointerMisuseError(
    `Tensors have no "${name}"; values are protected by permissions and not by encryption: send(worker, { private: true }), or { allow: ['carol'] }`,
  );
}

function method(value: (this: Tensor, ...args: never) => unknown): PropertyDescriptor {
  return { value, configurable: true, writable: true };
}
