import type { Tensor } from '@tensorflow/tfjs';
import type { RemotePlan } from '../protocol/index.ts';
import { ask } from './ask.ts';
import { guard } from './habits/guard.ts';
import { PLAN } from './habits/plan-habits.ts';
import { PointerMisuseError } from './misuse.ts';
import {
  argumentsAt,
  checkLeaves,
  formOfArgument,
  inputOf,
  type PlaceArgument,
  type PlanArgument,
} from './plan-inputs.ts';
import { FixedTrace, type PlanTraces } from './plan-traces.ts';
import type { PointerTensor } from './pointer-tensor.ts';
import { PortablePlan } from './portable-plan.ts';
import { RemoteWorker } from './remote-worker.ts';
import { leavesOf, mapLeaves, withLeaves } from './structure.ts';
import type { TensorHook } from './tensor-hook.ts';
import { type FormLeaf, PlainLeaf } from './trace.ts';

/**
 * What a plan takes for the parameters of its function: pointers for tensors, and numbers and truth
 * values where the function takes them as such.
 */
export type PlanArguments<Inputs extends readonly unknown[]> = {
  readonly [Index in keyof Inputs]: PlanArgumentFor<Inputs[Index]>;
};

type PlanArgumentFor<Input> =
  Input extends PointerTensor<infer _>
    ? PlanArgument
    : Input extends object
      ? { readonly [Key in keyof Input]: PlanArgumentFor<Input[Key]> }
      : Input;

/** What a function gave, as a plan gives it: local tensors are constants of it, and come as pointers too. */
export type PlanOutput<Output> = Output extends Tensor
  ? PointerTensor
  : Output extends PointerTensor
    ? Output
    : Output extends object
      ? { [Key in keyof Output]: PlanOutput<Output[Key]> }
      : Output;

/**
 * A function that is traced, and runs at any worker as one small command. It is traced when its inputs are
 * known, so that no branch of it is chosen by something that is not: at its first run, or at once for the
 * option `inputs`. What it gives for one form of inputs (shapes and dtypes), or for a number or truth
 * value that it does not only compute with, is never used for another: it is traced again for each.
 *
 * @example
 * ```ts
 * const scale = hook.plan((x: PointerTensor, isTraining: boolean) => (isTraining ? x.mul(2) : x));
 * await scale.run(bob, pointer, false).get();
 * const fixed = hook.plan((x) => x.mul(2), { inputs: [{ shape: [32, 4] }] });
 * JSON.stringify(fixed);
 * ```
 */
export class Plan<Output = unknown, Inputs extends readonly unknown[] = readonly PointerTensor[]> {
  readonly #hook: TensorHook;
  readonly #traces: PlanTraces;
  /** Workers that are to have the plan once it is traced. */
  readonly #awaiting = new Set<RemoteWorker>();

  /** @internal */
  constructor(hook: TensorHook, traces: PlanTraces) {
    this.#hook = hook;
    this.#traces = traces;
  }

  /**
   * The plan as it travels: as it was traced first, for the option `inputs` if there was one. Frozen.
   *
   * @throws PointerMisuseError when it was not traced yet.
   */
  get wire(): RemotePlan {
    return this.#traces.first().portable.wire;
  }

  /**
   * SHA-256 of {@link Plan.wire}, in hex: two plans that do the same thing the same way have the same.
   *
   * @throws PointerMisuseError when it was not traced yet.
   */
  async digest(): Promise<string> {
    return await this.#traces.first().portable.digest();
  }

  /**
   * Stores {@link Plan.wire} at a worker; {@link Plan.run} stores by itself what it runs. A plan that was
   * not traced yet, because what its function does may depend on its inputs, is stored there by its
   * first run.
   *
   * @throws CommandError when the worker will not have it.
   */
  async send(worker: RemoteWorker): Promise<this> {
    checkIsWorker('send', worker);
    if (this.#traces.isTraced) await this.#traces.first().portable.send(worker);
    else this.#awaiting.add(worker);
    return this;
  }

  /**
   * Runs the plan at a worker on objects that are there. Of a multi-pointer it takes the object at
   * this worker. The function gets a number or truth value as it is, and may branch on it. It is traced
   * again for another value, and sent again if it does something else for it than to compute with it;
   * send a number that changes often as a tensor. A worker that has forgotten the plan, as happens after
   * weeks without use, gets it again.
   *
   * @throws TypeError for another count of arguments than the function has, or other things than
   * pointers and numbers, and arrays and plain objects of them; PointerMisuseError when the function
   * calls a method of a number.
   * @throws TensorsNotCollocatedError when an argument is somewhere else.
   * @throws FormUnknownError when the function asks for a form that is not known yet; `await ready()`.
   * @throws CommandError when a command can't take what it would get; `inputs-mismatch` when a plan
   * from JSON, which can't be traced again, was traced for other forms.
   */
  run(worker: RemoteWorker, ...given: PlanArguments<Inputs>): PlanOutput<Output> {
    checkIsWorker('run', worker);
    return this.runFor('run', worker, given);
  }

  /** Runs the plan for a method of another name, which its errors then have. @internal */
  runFor(method: string, worker: RemoteWorker, given: PlanArguments<Inputs>): PlanOutput<Output> {
    if (this.#hook.tracer !== undefined) {
      throw new PointerMisuseError(
        `${method}() has no meaning while another plan is traced; call the inner plan's function itself there`,
      );
    }
    const args = argumentsAt(worker, { method, given });
    checkLeaves(worker, { method, args });
    const forms = mapLeaves(args, formOfArgument) as readonly unknown[];
    const { portable, output, takesPlain } = this.#traces.for(forms);
    this.#storeFirst();
    const formLeaves = leavesOf(forms) as FormLeaf[];
    const isInput = (_: unknown, index: number) =>
      takesPlain || !(formLeaves[index] instanceof PlainLeaf);
    const results = portable.run(
      worker,
      (leavesOf(args) as PlaceArgument[]).filter(isInput).map(inputOf),
      formLeaves.filter(isInput),
    );
    return withLeaves(output, results) as PlanOutput<Output>;
  }

  /** Has the workers that it was sent to before store it with the next batch. */
  #storeFirst(): void {
    for (const worker of this.#awaiting) this.#traces.first().portable.store(worker);
    this.#awaiting.clear();
  }

  /** {@link Plan.wire}; {@link TensorHook.planFromJson} is the inverse. */
  toJSON(): RemotePlan {
    return this.wire;
  }
}

guard(Plan, PLAN);

/** @throws PointerMisuseError for anything but a worker. */
function checkIsWorker(method: 'run' | 'send', worker: unknown): void {
  if (worker instanceof RemoteWorker) return;
  const call = method === 'run' ? 'plan.run(bob, ...pointers)' : 'await plan.send(bob)';
  throw new PointerMisuseError(`${method}() takes a worker first; write ${call}`);
}

/** A plan that was stored at a worker. */
export async function fetchPlan(worker: RemoteWorker, digest: string): Promise<Plan> {
  const value = await ask(worker, { op: '$fetch-plan', attributes: { digest } });
  return planFromJson(worker.hook, (value as { readonly plan: unknown }).plan);
}

/**
 * A plan as it travels, or the text that JSON.stringify makes of it; it gives one pointer, or a list of them.
 *
 * @throws PointerMisuseError for a text that is not JSON.
 */
export function planFromJson(hook: TensorHook, json: unknown): Plan {
  const wire = typeof json === 'string' ? parseText(json) : json;
  return new Plan(hook, new FixedTrace(new PortablePlan(hook, wire)));
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PointerMisuseError(
      'planFromJson() got a text that is not JSON, expected a plan or what JSON.stringify makes of one; hook.fetchPlan(worker, digest) takes a digest',
      { cause: error },
    );
  }
}
