import type { OutputSpec } from '../execution/index.ts';
import type { RemotePlan } from '../protocol/index.ts';
import { leavesOf } from './structure.ts';
import type { TensorHook } from './tensor-hook.ts';
import { type Captured, type TraceOptions, Tracer } from './tracer.ts';

/** A function as it was traced. */
export interface Trace {
  readonly plan: RemotePlan;
  /** What the function gave. */
  readonly output: unknown;
  /** Remote tensors from outside that are inputs after the arguments. */
  readonly captured: readonly Captured[];
}

/**
 * Calls a function once with stand-ins and writes down what it does with them.
 *
 * @throws TypeError when it is asynchronous: what comes after its first await would be missed.
 */
export function trace(
  hook: TensorHook,
  body: (...args: never) => unknown,
  options: TraceOptions,
): Trace {
  const tracer = new Tracer(hook, options);
  const outer = hook.tracer;
  hook.tracer = tracer;
  try {
    const output = (body as (...args: readonly unknown[]) => unknown)(...tracer.inputs);
    if (output instanceof Promise) {
      output.catch(() => undefined);
      throw new TypeError(
        'A plan got an asynchronous function, allowed is one that returns at once',
      );
    }
    const plan = tracer.finish(leavesOf(output));
    return { plan, output, captured: tracer.captured };
  } finally {
    hook.tracer = outer;
  }
}

/** How {@link TensorHook.plan} traces. */
export interface PlanOptions {
  /**
   * Form of each input, where the function asks for shapes.
   *
   * @default unknown, one input for each parameter of the function
   */
  readonly inputs?: readonly OutputSpec[] | undefined;
}
