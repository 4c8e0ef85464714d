import type { Tensor } from '@tensorflow/tfjs';
import { checkInputForms, type OutputSpec } from '../execution/index.ts';
import { CommandError, type PlanConstant } from '../protocol/index.ts';
import {
  ForeignNameError,
  InputAsNumberError,
  PointerMisuseError,
  TENSORFLOW_ADVICE,
} from './misuse.ts';
import { isSamePlan, usesPlainInputs, wantsTensor, withStandIns } from './plain-leaves.ts';
import { PortablePlan } from './portable-plan.ts';
import { describeStructure, isBranch, leavesOf } from './structure.ts';
import type { TensorHook } from './tensor-hook.ts';
import { FormLeaf, PlainLeaf, trace } from './trace.ts';
import { FormUnknownError } from './traced-tensor.ts';

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
  /** True until a run shows what the arguments are: a truth value may be where a tensor was taken. */
  #isFirstTentative = false;
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
    const traced = this.#known(args) ?? this.#traceFor(args);
    if (this.#isFirstTentative) this.#first = traced;
    this.#isFirstTentative = false;
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
    const leaves = leavesOf(args);
    if (!leaves.some((leaf) => leaf instanceof PlainLeaf)) return this.#trace(args);
    let specific: TracedPlan;
    try {
      specific = this.#traceOnly(args);
    } catch (error) {
      if (!wantsTensor(error)) throw error;
      const general = this.#general(args);
      if (!usesPlainInputs(general.portable.wire, leaves)) throw error;
      return this.#keep(args, general);
    }
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

  /**
   * Local tensors that the function uses are copied now where that is possible, and its mistakes are
   * told now where no arguments could cure them.
   */
  #tryWithoutForms(): void {
    const unknown = { shape: null, dtype: null };
    try {
      this.#trace(Array.from({ length: this.#body.length }, () => new FormLeaf(unknown)));
      this.#isFirstTentative = true;
    } catch (error) {
      if (isFinal(error) || takesNothing(this.#body)) throw error;
      this.#whyNotYet = error;
    }
  }

  #trace(args: readonly unknown[]): TracedPlan {
    return this.#keep(args, this.#traceOnly(args));
  }

  #traceOnly(args: readonly unknown[]): TracedPlan {
    const { plan, output } = trace(this.#hook, this.#body, {
      args,
      captures: false,
      constants: this.#constants,
    });
    const takesPlain = !leavesOf(args).some((leaf) => leaf instanceof PlainLeaf);
    return { portable: new PortablePlan(this.#hook, plan), output, takesPlain };
  }

  #keep(args: readonly unknown[], traced: TracedPlan): TracedPlan {
    const { forms } = traced.portable.wire;
    this.#traces.set(forms === undefined ? structureKey(args) : formKey(args), traced);
    const [oldest] = this.#traces.keys();
    if (this.#traces.size > TRACES_MAX && oldest !== undefined) this.#traces.delete(oldest);
    this.#first ??= traced;
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
  return describeStructure(args, (leaf) => (leaf instanceof PlainLeaf ? String(leaf) : 'tensor'));
}

function formKey(args: readonly unknown[]): string {
  return describeStructure(args, String);
}

/** True for mistakes that other arguments would not cure. */
function isFinal(error: unknown): boolean {
  // The stand-in for a list or an object has neither a form nor its members, and a number's no value.
  if (error instanceof FormUnknownError || error instanceof ForeignNameError) return false;
  if (error instanceof InputAsNumberError || error instanceof CommandError) return false;
  if (error instanceof PointerMisuseError) return true;
  return error instanceof Error && error.message.includes(TENSORFLOW_ADVICE);
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

function wrongCount(got: number, takes: number): TypeError {
  return new TypeError(
    `The plan got ${got} arguments, it takes ${takes}; give one for each of its function`,
  );
}
