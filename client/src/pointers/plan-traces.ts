import type { Tensor } from '@tensorflow/tfjs';
import { checkInputForms, type OutputSpec } from '../execution/index.ts';
import type { PlanConstant } from '../protocol/index.ts';
import { countArguments, PointerMisuseError } from './misuse.ts';
import { isSamePlan, withStandIns } from './plain-leaves.ts';
import { PortablePlan } from './portable-plan.ts';
import { describeStructure, isBranch, leavesOf } from './structure.ts';
import type { TensorHook } from './tensor-hook.ts';
import { FormLeaf, PlainLeaf, trace } from './trace.ts';

/** Forms and structures of inputs for which one plan keeps what was traced; beyond, it traces again. */
const TRACES_MAX = 64;

/** A function as it was traced for inputs of one kind. */
export interface TracedPlan {
  readonly portable: PortablePlan;
  /** Any value in the structure of what the function gave. */
  readonly output: unknown;
  /** True when plain values among the arguments are inputs of it; false when it was traced for them. */
  readonly takesPlain: boolean;
}

/** Where a plan finds the commands for its inputs. */
export interface PlanTraces {
  /** True once there is something to send. */
  readonly isTraced: boolean;
  /** What is sent, named and written as JSON. */
  first(): TracedPlan;
  /**
   * What runs on inputs of these forms.
   *
   * @param args - {@link FormLeaf}s in the arrays and objects of the arguments.
   */
  for(args: readonly unknown[]): TracedPlan;
}

/** Traces a function for each form of inputs, unless it never asks for forms. */
export class FunctionTraces implements PlanTraces {
  readonly #hook: TensorHook;
  readonly #body: (...args: never) => unknown;
  /** Local tensors as the first trace that met them found them. */
  readonly #constants = new WeakMap<Tensor, PlanConstant>();
  /** By structure where the function asks for no forms, else by structure and forms; oldest use first. */
  readonly #traces = new Map<string, TracedPlan>();
  #first: TracedPlan | undefined;

  /**
   * @param inputs - What is known of the arguments, as for {@link PlanTraces.for}, to trace for them at
   * once. A function without parameters is traced at once too. @default known at the first run
   */
  constructor(
    hook: TensorHook,
    body: (...args: never) => unknown,
    inputs?: readonly unknown[] | undefined,
  ) {
    this.#hook = hook;
    this.#body = body;
    if (inputs !== undefined) {
      this.#checkCount(inputs.length);
      this.#first = this.#trace(inputs);
    } else if (takesNothing(body)) {
      this.#first = this.#trace([]);
    }
  }

  get isTraced(): boolean {
    return this.#first !== undefined;
  }

  first(): TracedPlan {
    if (this.#first !== undefined) return this.#first;
    throw new PointerMisuseError(
      "The plan is not traced yet, because what its function does may depend on its inputs; run() it first, or give hook.plan the option inputs: { inputs: [{ shape: [32, 4], dtype: 'float32' }, true] }, with a number or truth value where the function takes one",
    );
  }

  for(args: readonly unknown[]): TracedPlan {
    this.#checkCount(args.length);
    const traced = this.#known(args) ?? this.#traceFor(args);
    this.#first ??= traced;
    return traced;
  }

  #known(args: readonly unknown[]): TracedPlan | undefined {
    for (const key of [structureKey(args), formKey(args)]) {
      const known = this.#traces.get(key);
      if (known === undefined) continue;
      this.#traces.delete(key);
      this.#traces.set(key, known);
      return known;
    }
    return undefined;
  }

  /** Plain values stay inputs of the plan where the function does nothing but compute with them. */
  #traceFor(args: readonly unknown[]): TracedPlan {
    const specific = this.#traceOnly(args);
    const leaves = leavesOf(args);
    if (specific.takesPlain) return this.#keep(args, specific);

    try {
      const general = this.#general(args);
      const isSame = isSamePlan(general.portable.wire, specific.portable.wire, leaves);
      return this.#keep(args, isSame ? general : specific);
    } catch {
      return this.#keep(args, specific);
    }
  }

  /** With stand-ins for plain values. */
  #general(args: readonly unknown[]): TracedPlan {
    const standIns = withStandIns(args);
    return this.#known(standIns) ?? this.#trace(standIns);
  }

  #trace(args: readonly unknown[]): TracedPlan {
    return this.#keep(args, this.#traceOnly(args));
  }

  #traceOnly(args: readonly unknown[]): TracedPlan {
    const takesPlain = !leavesOf(args).some((leaf) => leaf instanceof PlainLeaf);
    try {
      const { plan, output } = trace(this.#hook, this.#body, {
        args,
        captures: false,
        constants: this.#constants,
      });
      return { portable: new PortablePlan(this.#hook, plan), output, takesPlain };
    } catch (error) {
      throw takesPlain ? error : explained(error);
    }
  }

  #keep(args: readonly unknown[], traced: TracedPlan): TracedPlan {
    const { forms } = traced.portable.wire;
    this.#traces.set(forms === undefined ? structureKey(args) : formKey(args), traced);
    const [oldest] = this.#traces.keys();
    if (this.#traces.size > TRACES_MAX && oldest !== undefined) this.#traces.delete(oldest);
    return traced;
  }

  #checkCount(count: number): void {
    const { length } = this.#body;
    if (count < length || (count > length && takesNoMore(this.#body))) {
      throw wrongCount(count, length);
    }
  }
}

/** A plan that came as JSON: its function is elsewhere. */
export class FixedTrace implements PlanTraces {
  readonly isTraced = true;
  readonly #traced: TracedPlan;

  constructor(portable: PortablePlan) {
    const { outputs } = portable.wire;
    const output = outputs.length === 1 ? undefined : outputs;
    this.#traced = { portable, output, takesPlain: true };
  }

  first(): TracedPlan {
    return this.#traced;
  }

  for(args: readonly unknown[]): TracedPlan {
    const { wire } = this.#traced.portable;
    if (args.some(isBranch)) {
      throw new PointerMisuseError(
        `run() got an array or object, but a plan from JSON or of another program does not know its structure; give the ${wire.inputs} tensors as arguments of their own`,
      );
    }
    if (args.length !== wire.inputs) throw wrongCount(args.length, wire.inputs);
    checkInputForms(wire, args as readonly OutputSpec[]);
    return this.#traced;
  }
}

function structureKey(args: readonly unknown[]): string {
  return describeStructure(args, (leaf) => (leaf instanceof PlainLeaf ? String(leaf) : 'tensor'));
}

function formKey(args: readonly unknown[]): string {
  return describeStructure(args, String);
}

/**
 * Says what a function means that calls a method of a number. It can't be traced with a stand-in instead:
 * no one can tell whether it has compared that before, and gone the wrong way.
 */
function explained(error: unknown): unknown {
  const isCall = error instanceof TypeError && /is not a function/.test(error.message);
  if (!isCall || error instanceof PointerMisuseError) return error;
  return new PointerMisuseError(
    "The plan's function calls a method of a number or truth value, which run() passes as they are; write hook.tf.mul(k, x) instead of k.mul(x), or send() it as a tensor: tf.scalar(2).send(worker)",
    { cause: error },
  );
}

/** True for functions without any parameter, rest and default parameters included. */
function takesNothing(body: (...args: never) => unknown): boolean {
  return body.length === 0 && takesNoMore(body);
}

/**
 * True when a function certainly takes no more arguments than it declares: its parameters are names, none
 * of them with a default or a rest of the arguments.
 */
export function takesNoMore(body: (...args: never) => unknown): boolean {
  const source = Function.prototype.toString.call(body);
  if (/\barguments\b|\[native code\]/.test(source)) return false;
  const name = '[\\w$]+';
  const list = `\\(\\s*(?:${name}\\s*(?:,\\s*${name}\\s*)*,?)?\\s*\\)`;
  const arrow = `(?:${name}|${list})\\s*=>`;
  const declaration = `(?:function\\b\\s*)?(?:${name}\\s*)?${list}\\s*\\{`;
  return new RegExp(`^(?:${arrow}|${declaration})`).test(source);
}

function wrongCount(got: number, takes: number): PointerMisuseError {
  return new PointerMisuseError(
    `The plan got ${countArguments(got)}, it takes ${takes}; give run() the worker and one for each parameter of its function`,
  );
}
