import type { Tensor } from '@tensorflow/tfjs';
import { checkInputForms, type OutputSpec } from '../execution/index.ts';
import type { PlanConstant, RemotePlan } from '../protocol/index.ts';
import { ForeignNameError, PointerMisuseError, TENSORFLOW_ADVICE } from './misuse.ts';
import { PortablePlan } from './portable-plan.ts';
import { describeStructure, isBranch, leavesOf } from './structure.ts';
import type { TensorHook } from './tensor-hook.ts';
import { FormLeaf, trace } from './trace.ts';
import { FormUnknownError } from './traced-tensor.ts';

/** Forms and structures of inputs for which one plan keeps what was traced; beyond, it traces again. */
const TRACES_MAX = 64;

/** A function as it was traced for inputs of one kind. */
export interface TracedPlan {
  readonly portable: PortablePlan;
  /** Any value in the structure of what the function gave. */
  readonly output: unknown;
}

/** Where a plan finds the commands for its inputs. */
export interface PlanTraces {
  /** What is sent, named and written as JSON. */
  first(): TracedPlan;
  /**
   * What runs on inputs of these forms.
   *
   * @param args - {@link FormLeaf}s in the arrays and objects of the arguments.
   */
  for(args: readonly unknown[]): TracedPlan;
}

/**
 * When a function is traced first: at once for inputs, which are as for {@link PlanTraces.for}; at once if
 * it needs neither forms nor arrays and objects; or at the first run.
 */
export type FirstTrace = { readonly inputs: readonly unknown[] } | 'if-possible' | 'at-run';

/** Traces a function for each form of inputs, unless it never asks for forms. */
export class FunctionTraces implements PlanTraces {
  readonly #hook: TensorHook;
  readonly #body: (...args: never) => unknown;
  /** Local tensors as the first trace that met them found them. */
  readonly #constants = new WeakMap<Tensor, PlanConstant>();
  /** By structure where the function asks for no forms, else by structure and forms; oldest use first. */
  readonly #traces = new Map<string, TracedPlan>();
  #first: TracedPlan | undefined;
  #whyNotYet: unknown;

  constructor(hook: TensorHook, body: (...args: never) => unknown, when: FirstTrace) {
    this.#hook = hook;
    this.#body = body;
    if (typeof when === 'object') this.#trace(when.inputs);
    else if (when === 'if-possible') this.#tryWithoutForms();
  }

  first(): TracedPlan {
    if (this.#first !== undefined) return this.#first;
    throw new PointerMisuseError(
      'The plan is not traced yet: its function asks for the forms of its inputs, or takes arrays or objects; run() it first, or give hook.plan the option inputs',
      { cause: this.#whyNotYet },
    );
  }

  for(args: readonly unknown[]): TracedPlan {
    this.#checkCount(args.length);
    for (const key of [structureKey(args), formKey(args)]) {
      const known = this.#traces.get(key);
      if (known === undefined) continue;
      this.#traces.delete(key);
      this.#traces.set(key, known);
      return known;
    }
    return this.#trace(args);
  }

  /**
   * Local tensors that the function uses are copied now where that is possible, and its mistakes are
   * told now where no arguments could cure them.
   */
  #tryWithoutForms(): void {
    const unknown = { shape: null, dtype: null };
    try {
      this.#trace(Array.from({ length: this.#body.length }, () => new FormLeaf(unknown)));
    } catch (error) {
      if (isFinal(error) || takesNothing(this.#body)) throw error;
      this.#whyNotYet = error;
    }
  }

  #trace(args: readonly unknown[]): TracedPlan {
    const { plan, output } = trace(this.#hook, this.#body, {
      args,
      captures: false,
      constants: this.#constants,
    });
    this.#checkUse(args, plan);
    const traced = { portable: new PortablePlan(this.#hook, plan), output };
    this.#traces.set(plan.forms === undefined ? structureKey(args) : formKey(args), traced);
    const [oldest] = this.#traces.keys();
    if (this.#traces.size > TRACES_MAX && oldest !== undefined) this.#traces.delete(oldest);
    this.#first ??= traced;
    return traced;
  }

  #checkCount(count: number): void {
    if (count < this.#body.length) throw wrongCount(count, this.#body.length);
  }

  /** Further arguments than a function declares are for its rest or default parameters, or a mistake. */
  #checkUse(args: readonly unknown[], { commands, outputs }: RemotePlan): void {
    const declared = this.#body.length;
    if (args.length <= declared) return;
    const first = leavesOf(args.slice(0, declared)).length;
    const further = leavesOf(args.slice(declared)).map((_, index) => `i${first + index}`);
    const used = new Set([...commands.flatMap(([, inputs]) => inputs.flat()), ...outputs]);
    if (!further.some((name) => used.has(name))) throw wrongCount(args.length, declared);
  }
}

/** A plan that came as JSON: its function is elsewhere. */
export class FixedTrace implements PlanTraces {
  readonly #traced: TracedPlan;

  constructor(portable: PortablePlan) {
    const { outputs } = portable.wire;
    this.#traced = { portable, output: outputs.length === 1 ? undefined : outputs };
  }

  first(): TracedPlan {
    return this.#traced;
  }

  for(args: readonly unknown[]): TracedPlan {
    const { wire } = this.#traced.portable;
    if (args.some(isBranch)) {
      throw new TypeError(
        `run() got an array or object, but a plan from JSON or of another program does not know its structure; give the ${wire.inputs} tensors as arguments of their own`,
      );
    }
    if (args.length !== wire.inputs) throw wrongCount(args.length, wire.inputs);
    checkInputForms(wire, args as readonly OutputSpec[]);
    return this.#traced;
  }
}

function structureKey(args: readonly unknown[]): string {
  return describeStructure(args, () => 'tensor');
}

function formKey(args: readonly unknown[]): string {
  return describeStructure(args, String);
}

/** True for mistakes that other arguments would not cure. */
function isFinal(error: unknown): boolean {
  // The stand-in for a list or an object has neither a form nor its members.
  if (error instanceof FormUnknownError || error instanceof ForeignNameError) return false;
  if (error instanceof PointerMisuseError) return true;
  return error instanceof Error && error.message.includes(TENSORFLOW_ADVICE);
}

/** True for functions without any parameter, rest and default parameters included. */
function takesNothing(body: (...args: never) => unknown): boolean {
  if (body.length > 0) return false;
  const source = Function.prototype.toString.call(body);
  const hidesParameters = /\barguments\b|\[native code\]/.test(source);
  return !hidesParameters && /^[^(]*\(\s*\)/.test(source);
}

function wrongCount(got: number, takes: number): TypeError {
  return new TypeError(
    `The plan got ${got} arguments, it takes ${takes}; give one for each of its function`,
  );
}
