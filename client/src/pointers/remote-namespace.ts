import type { Tensor } from '@tensorflow/tfjs';
import { OPERATIONS } from '../protocol/index.ts';
import { callOperation } from './call-operation.ts';
import { guardObject } from './habits/guard.ts';
import { namespaceGuard } from './habits/namespace-habits.ts';
import type { MultiPointerTensor } from './multi-pointer-tensor.ts';
import type { RemoteOperations } from './pointer-operations.generated.ts';
import type { PointerTensor } from './pointer-tensor.ts';
import type { TensorHook } from './tensor-hook.ts';
import type { Tf } from './tf.ts';

/** An operation of TensorFlow.js by its name, which may have a dot. */
export type AnyOperation = (...args: readonly unknown[]) => unknown;

/**
 * Every operation of TensorFlow.js that workers offer, on pointers and on multi-pointers. Where no
 * pointer is among the arguments, and for `zeros`, `range`, `randomNormal` and others that have no
 * tensor among them, the result is a local tensor: `send` it. While a plan or a gradient is traced it
 * stands for a tensor at the worker, whatever its type says: give it to operations of pointers, or
 * return it; a plan of no inputs makes tensors at a worker.
 */
export type RemoteNamespace = RemoteOperations<Tensor> &
  RemoteOperations<PointerTensor> &
  RemoteOperations<MultiPointerTensor>;

/** Makes the namespace of a hook: `add`, `image.resizeBilinear` and all others. */
export function remoteNamespace(hook: TensorHook): RemoteNamespace {
  // Without the prototype of objects, so that it holds operations alone.
  const namespace: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(OPERATIONS)) {
    const [group, member] = name.split('.') as [string, string?];
    const call: AnyOperation = (...args) => callOperation(hook, name, args);
    if (member === undefined) {
      namespace[group] = call;
    } else {
      const members = namespace[group] ?? Object.create(null);
      namespace[group] = Object.assign(members as object, { [member]: call });
    }
  }
  guardNamespace(hook, namespace, '');
  return namespace as unknown as RemoteNamespace;
}

/** Guards the operations of a name, and of the groups in it. */
function guardNamespace(hook: TensorHook, members: object, path: string): void {
  const isLocal = (name: string): boolean => {
    const place = path === '' ? hook.localTf : Reflect.get(hook.localTf, path.slice(1));
    return Object.hasOwn(place as object, name);
  };
  guardObject(members, namespaceGuard(`hook.tf${path}`, isLocal));
  for (const [name, value] of Object.entries(members)) {
    if (typeof value === 'object') guardNamespace(hook, value as object, `${path}.${name}`);
  }
}

/** TensorFlow.js's own function of an operation's name. */
export function localOperation(tf: Tf, name: string): AnyOperation {
  const path = name.split('.');
  return path.reduce<unknown>(
    (value, key) => (value as Readonly<Record<string, unknown>>)[key],
    tf,
  ) as AnyOperation;
}
