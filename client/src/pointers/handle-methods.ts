import { OPERATIONS, TENSOR_METHODS, type TensorMethod } from '../protocol/index.ts';
import { callOperation } from './call-operation.ts';
import { guardedMethod } from './habits/guard.ts';
import { countArguments, PointerMisuseError } from './misuse.ts';
import { TensorHandle } from './tensor-handle.ts';

type Handle = TensorHandle<unknown>;
type Method = (this: Handle, ...args: readonly unknown[]) => unknown;

/** Methods of tensors that are more than one call with their arguments in another order. */
const ADAPTED: Readonly<Record<string, Method>> = {
  as1D() {
    return reshape(this, [-1]);
  },
  as2D(...sizes) {
    return reshape(this, sizes);
  },
  as3D(...sizes) {
    return reshape(this, sizes);
  },
  as4D(...sizes) {
    return reshape(this, sizes);
  },
  as5D(...sizes) {
    return reshape(this, sizes);
  },
  asScalar() {
    return reshape(this, []);
  },
  flatten() {
    return reshape(this, [-1]);
  },
  reshapeAs(other) {
    return reshape(this, (other as { readonly shape: readonly number[] }).shape);
  },
  concat(others, axis) {
    return callOperation(this.hook, 'concat', [[this, ...listOf(others)], axis]);
  },
  stack(others, axis) {
    return callOperation(this.hook, 'stack', [[this, ...listOf(others)], axis]);
  },
};

/** Their highest counts of arguments, where they have one. */
const ADAPTED_TAKE: Readonly<Record<string, number>> = {
  as1D: 0,
  asScalar: 0,
  concat: 2,
  flatten: 0,
  reshapeAs: 1,
  stack: 2,
};

/** Gives handles every method that tensors have for an operation. */
export function installHandleMethods(): void {
  const methods = Object.entries(TENSOR_METHODS).map(
    ([name, method]) => [name, methodOf(method)] as const,
  );
  for (const [name, value] of [...methods, ...Object.entries(ADAPTED)]) {
    const limits = { name, what: 'A pointer', most: ADAPTED_TAKE[name] };
    Object.defineProperty(TensorHandle.prototype, name, {
      value: guardedMethod(limits, isHandle, value as (this: unknown) => unknown),
      configurable: true,
      writable: true,
    });
  }
}

function isHandle(value: unknown): boolean {
  return value instanceof TensorHandle;
}

function methodOf({ operation: name, self, parameters, constants }: TensorMethod): Method {
  const order = OPERATIONS[name]?.parameters.map((parameter) => parameter.name) ?? [];
  const taken =
    parameters.length === 0 ? 'none' : `at most ${parameters.length}: ${parameters.join(', ')}`;
  return function call(...args) {
    if (args.length > parameters.length) {
      throw new PointerMisuseError(
        `${name} got ${countArguments(args.length)} in addition to its tensor, expected ${taken}`,
      );
    }
    const given: Record<string, unknown> = { ...constants, [self]: this };
    for (const [index, parameter] of parameters.entries()) given[parameter] = args[index];
    return callOperation(this.hook, name, trimmed(order.map((parameter) => given[parameter])));
  };
}

/** Leaves off what is not given at the end, so that TensorFlow.js's own defaults hold. */
function trimmed(args: readonly unknown[]): readonly unknown[] {
  const last = args.findLastIndex((value) => value !== undefined);
  return args.slice(0, last + 1);
}

function reshape(handle: Handle, shape: readonly unknown[]): unknown {
  return callOperation(handle.hook, 'reshape', [handle, shape]);
}

function listOf(others: unknown): readonly unknown[] {
  return Array.isArray(others) ? others : [others];
}
