import type { Tensor } from '@tensorflow/tfjs';
import type { OutputSpec } from '../execution/index.ts';
import type { PlanConstant, RemotePlan } from '../protocol/index.ts';
import { PointerMisuseError } from './misuse.ts';
import { leavesOf, withLeaves } from './structure.ts';
import type { TensorHook } from './tensor-hook.ts';
import { type Captured, Tracer } from './tracer.ts';

/** A function as it was traced. */
export interface Trace {
  readonly plan: RemotePlan;
  /** What the function gave. */
  readonly output: unknown;
  /** Remote tensors from outside that are inputs after the arguments. */
  readonly captured: readonly Captured[];
}

/** How a function is traced. */
export interface TraceOptions {
  /**
   * The arguments' arrays and objects, with the form of a tensor for each leaf, a {@link FormLeaf}; a
   * {@link PlainLeaf} is passed as its value.
   */
  readonly args: readonly unknown[];
  /** True makes remote tensors from outside further inputs; false refuses them. */
  readonly captures: boolean;
  /** Local tensors as they were when the function was traced before; mutated. @default none */
  readonly constants?: WeakMap<Tensor, PlanConstant> | undefined;
}

/** The form of a tensor, as a leaf of arguments. */
export class FormLeaf implements OutputSpec {
  readonly shape: OutputSpec['shape'];
  readonly dtype: OutputSpec['dtype'];

  constructor({ shape, dtype }: OutputSpec) {
    this.shape = shape === null ? null : [...shape];
    this.dtype = dtype;
  }

  toString(): string {
    return `${this.dtype ?? '?'}[${this.shape ?? '?'}]`;
  }
}

/** A number or truth value in arguments; the function gets the value, which may steer what it does. */
export class PlainLeaf extends FormLeaf {
  readonly value: number | boolean;

  constructor(value: number | boolean) {
    super({ shape: [], dtype: typeof value === 'boolean' ? 'bool' : 'float32' });
    this.value = value;
  }

  override toString(): string {
    return Object.is(this.value, -0) ? '-0' : String(this.value);
  }
}

/** What is said of a function that returns before it is done. */
export function asynchronousPlan(): PointerMisuseError {
  return new PointerMisuseError(
    'A plan got an asynchronous function, expected one that returns at once; await before or after the plan',
  );
}

/**
 * Calls a function once with stand-ins and writes down what it does with them.
 *
 * @throws PointerMisuseError when it is asynchronous: what comes after its first await would be missed.
 */
export function trace(
  hook: TensorHook,
  body: (...args: never) => unknown,
  { args, captures, constants }: TraceOptions,
): Trace {
  const leaves = leavesOf(args) as FormLeaf[];
  const forms = leaves.filter((leaf) => !(leaf instanceof PlainLeaf));
  const tracer = new Tracer(hook, { forms, captures, constants });
  const outer = hook.tracer;
  hook.tracer = tracer;
  try {
    const inputs = tracer.inputs[Symbol.iterator]();
    const given = withLeaves(
      args,
      leaves.map((leaf) => (leaf instanceof PlainLeaf ? leaf.value : inputs.next().value)),
    ) as readonly unknown[];
    const output = (body as (...args: readonly unknown[]) => unknown)(...given);
    if (output instanceof Promise) {
      output.catch(() => undefined);
      throw asynchronousPlan();
    }
    const plan = tracer.finish(leavesOf(output));
    return { plan, output, captured: tracer.captured };
  } finally {
    hook.tracer = outer;
    // The forms within came from the function around it.
    if (tracer.readsForms) outer?.markFormRead();
  }
}
