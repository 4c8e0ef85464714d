import type { Tensor } from '@tensorflow/tfjs';
import { describeValue } from '../protocol/json-fault.ts';
import { assertOptionNames } from '../protocol/option-names.ts';
import {
  type AtOne,
  datasetOf,
  type FederatedDataset,
  federate,
  type Sent,
} from './federated-dataset.ts';
import {
  type AuxOutput,
  type GradientArgument,
  type GradientTree,
  type HandleIn,
  type ValueAndGradients,
  type ValueWithAux,
  valueAndGradients,
} from './gradients.ts';
import { bindMethods, guard } from './habits/guard.ts';
import { installRefusals } from './habits/install-refusals.ts';
import { HOOK } from './habits/worker-habits.ts';
import { installHandleMethods } from './handle-methods.ts';
import { TidyScopes } from './lifetime.ts';
import { LocalWorker } from './local-worker.ts';
import { PointerMisuseError } from './misuse.ts';
import { moveObject, readObject } from './move-object.ts';
import { fetchPlan, Plan, planFromJson } from './plan.ts';
import { type PlanInputForms, readInputForms } from './plan-inputs.ts';
import { FunctionTraces } from './plan-traces.ts';
import type { PointerActions } from './pointer-actions.ts';
import type { PointerTensor } from './pointer-tensor.ts';
import { printsAsText } from './print.ts';
import {
  type AnyOperation,
  localOperation,
  type RemoteNamespace,
  remoteNamespace,
} from './remote-namespace.ts';
import type { RemoteWorker } from './remote-worker.ts';
import { type SendOptions, sendPointer } from './send.ts';
import { installTensorMethods } from './tensor-methods.ts';
import type { Tf } from './tf.ts';
import { asynchronousPlan } from './trace.ts';
import type { Tracer } from './tracer.ts';
import { RemoteOptimizers } from './training/optimizers.ts';

/** Settings of a {@link TensorHook}. */
export interface TensorHookOptions {
  /** Who the program is for virtual workers; Lambda workers ask a token instead. @default 'me' */
  readonly user?: string | undefined;
}

/** How {@link TensorHook.plan} traces. */
export interface PlanOptions {
  /**
   * Form of each input, to trace at once for these forms; in arrays and objects where the function
   * takes such. Inputs of other forms are welcome at {@link Plan.run} all the same.
   *
   * A number or truth value stands for itself. Without, the plan has no JSON and no digest before its
   * first run, and `send` waits for that.
   *
   * @default those of the first run
   */
  readonly inputs?: readonly PlanInputForms[] | undefined;
}

/**
 * Gives TensorFlow.js's tensors `send`, `tag` and `describe`, and knows the workers they can go to.
 */
export class TensorHook {
  /** The program's own worker, named `me`. */
  readonly localWorker: LocalWorker;
  /** Every operation of TensorFlow.js on pointers; what gets none gives a local tensor. */
  readonly tf: RemoteNamespace;
  /** Optimizers for parameters at workers: `sgd`, `momentum`, `adam`. */
  readonly train: RemoteOptimizers;
  /** @internal */
  readonly scopes: TidyScopes = new TidyScopes();
  /** @internal */
  readonly actions: PointerActions = { send: sendPointer, read: readObject, move: moveObject };
  /** Set while a plan is traced. @internal */
  tracer: Tracer | undefined;
  readonly #localTf: Tf;
  readonly #user: string;
  readonly #workers = new Map<string, RemoteWorker>();

  /**
   * @param tf - The TensorFlow.js that the program uses.
   */
  constructor(tf: Tf, options: TensorHookOptions = {}) {
    if (typeof tf?.Tensor !== 'function') {
      throw new PointerMisuseError(
        `The first argument of TensorHook is ${describeValue(tf)}, expected the TensorFlow.js module; write import * as tf from '@tensorflow/tfjs' and new TensorHook(tf)`,
      );
    }
    assertOptionNames('TensorHook', options, { user: true });
    this.#localTf = tf;
    this.#user = checkedUser(options.user);
    this.localWorker = new LocalWorker(this, { id: 'me' });
    this.tf = remoteNamespace(this);
    this.train = new RemoteOptimizers(this);
    bindMethods(this);
    installTensorMethods(tf);
    installRefusals(tf);
    installHandleMethods();
  }

  /** Who the program is for virtual workers; the same for all that it has sent. */
  get user(): string {
    return this.#user;
  }

  /**
   * The TensorFlow.js that the program uses. No enumerable property: `tf.tidy` walks through whatever
   * its function returns, a pointer too, and would keep every tensor that it reaches.
   *
   * @internal
   */
  get localTf(): Tf {
    return this.#localTf;
  }

  /** The worker of an id, if there is one. */
  getWorker(id: string): RemoteWorker | undefined {
    return this.#workers.get(id);
  }

  /** Every worker, the local one first. */
  workers(): RemoteWorker[] {
    return [...this.#workers.values()];
  }

  /** Makes a worker known by its id; the first one of an id stays. @internal */
  register(worker: RemoteWorker): void {
    if (!this.#workers.has(worker.id)) this.#workers.set(worker.id, worker);
  }

  /**
   * The worker that has an id already, which a new one of the same class is once more.
   *
   * @internal
   * @throws TypeError when a worker of another class has the id.
   */
  sameWorker<W extends RemoteWorker>(
    id: string,
    kind: abstract new (...args: never) => W,
  ): W | undefined {
    const same = this.#workers.get(id);
    if (same === undefined || same instanceof kind) return same;
    throw new PointerMisuseError(
      `Worker ${id} is a ${same.constructor.name} already and can't become a ${kind.name}; choose another id`,
    );
  }

  /** TensorFlow.js's own function of an operation's name. @internal */
  localOperation(name: string): AnyOperation {
    return localOperation(this.localTf, name);
  }

  /** {@link RemoteWorker.search} at every worker; those without a match are left out. */
  async search(...terms: readonly string[]): Promise<Record<string, PointerTensor[]>> {
    const found = await Promise.all(
      this.workers().map(async (worker) => [worker.id, await worker.search(...terms)] as const),
    );
    return Object.fromEntries(found.filter(([, pointers]) => pointers.length > 0));
  }

  /**
   * Makes a plan of a function of pointers, which runs at any worker as one small command. The function
   * is called with stand-ins for its pointers, and what it does with them is written down: at the first
   * {@link Plan.run}, when the forms of its inputs are known, or at once for the option `inputs` (or if it
   * takes no inputs). A function that asks for forms (`shape`, `rank`, `size`, `dtype`, `at()`) is called
   * again for each other form, and one that is given numbers or truth values for each other value. So
   * it should change nothing outside.
   *
   * Numbers and truth values are passed as they are, and the function may branch on them. Local tensors
   * that it uses become part of the plan with the values that they have when they are met first; other
   * values from outside are read each time it is called. `if (x.greater(0))` is always true: a stand-in
   * has no values, use `where`.
   *
   * @throws PointerMisuseError when it is asynchronous, and when it is traced and uses pointers that
   * are not its arguments.
   */
  plan<Output>(body: (...inputs: PointerTensor[]) => Output, options?: PlanOptions): Plan<Output>;
  plan<Inputs extends readonly unknown[], Output>(
    body: (...inputs: Inputs) => Output,
    options?: PlanOptions,
  ): Plan<Output, Inputs>;
  plan<Output>(body: (...inputs: never) => Output, options: PlanOptions = {}): Plan<Output> {
    if (typeof body !== 'function') {
      throw new PointerMisuseError(
        `hook.plan got ${describeValue(body)}, expected a function of pointers`,
      );
    }
    if (body.constructor.name === 'AsyncFunction') throw asynchronousPlan();
    assertOptionNames('plan', options, { inputs: true });
    const { inputs } = options;
    const forms = inputs === undefined ? undefined : readInputForms(inputs);
    return new Plan<Output>(this, new FunctionTraces(this, body, forms));
  }

  /**
   * A dataset of examples that are at workers already: `hook.dataset([[x1, y1], [x2, y2]])`, one part for
   * each worker, or `hook.dataset([[xs, ys]])` of multi-pointers.
   *
   * @throws TypeError for parts that are not pointers of one worker with as many examples in each.
   */
  dataset<Part>(parts: readonly Part[]): FederatedDataset<AtOne<Part>> {
    return datasetOf(parts);
  }

  /**
   * Deals examples out to workers, as evenly as can be, in order: each worker gets its rows of every
   * tensor. The tensors stay.
   *
   * @param tensors - A local tensor, or an array or plain object of tensors with one first dimension.
   */
  federate<const Local>(
    tensors: Local,
    workers: readonly RemoteWorker[],
    options?: SendOptions,
  ): FederatedDataset<Sent<Local>> {
    return federate(this, tensors, { workers, options });
  }

  /** A plan that somebody stored at a worker, by its digest. */
  fetchPlan(worker: RemoteWorker, digest: string): Promise<Plan> {
    return fetchPlan(worker, digest);
  }

  /**
   * A plan from what `JSON.stringify` made of one, text or parsed. The form of its function's results is not in it:
   * it gives one pointer, or a list of them.
   *
   * @throws CommandError `plan-invalid` for anything else.
   */
  planFromJson(json: unknown): Plan {
    return planFromJson(this, json);
  }

  /**
   * As `tf.valueAndGrads`, where the arguments are: the function is traced for each call and its
   * value and gradients are computed at their worker; at each of several for multi-pointers. Arguments
   * may be arrays and objects of pointers; gradients have the same structure.
   *
   * @param body - Gives one tensor, a scalar as a rule: gradients are those of its sum. Or `{ value, aux }`:
   * then `value` is differentiated, and the tensors of `aux` come along.
   */
  valueAndGrads(
    body: (...inputs: PointerTensor[]) => PointerTensor | Tensor,
  ): <const Args extends readonly GradientArgument[]>(args: Args) => ValueAndGradients<Args>;
  valueAndGrads<Aux>(
    body: (...inputs: PointerTensor[]) => ValueWithAux<Aux>,
  ): <const Args extends readonly GradientArgument[]>(
    args: Args,
  ) => ValueAndGradients<Args> & { readonly aux: AuxOutput<Aux, Args[number]> };
  valueAndGrads<Inputs extends readonly unknown[], Aux>(
    body: (...inputs: Inputs) => ValueWithAux<Aux>,
  ): <const Args extends readonly GradientTree[]>(
    args: Args,
  ) => ValueAndGradients<Args> & { readonly aux: AuxOutput<Aux, HandleIn<Args>> };
  valueAndGrads<Inputs extends readonly unknown[]>(
    body: (...inputs: Inputs) => PointerTensor | Tensor,
  ): <const Args extends readonly GradientTree[]>(args: Args) => ValueAndGradients<Args>;
  valueAndGrads(body: (...inputs: never) => unknown): (args: never) => unknown {
    if (typeof body !== 'function') {
      throw new PointerMisuseError(
        `valueAndGrads() got ${describeValue(body)}, expected a function of pointers; write hook.valueAndGrads((w) => loss)([w])`,
      );
    }
    return (...given: readonly unknown[]) =>
      valueAndGradients(this, body, given.length === 1 ? (given[0] as readonly unknown[]) : []);
  }

  /**
   * Runs a function and disposes every pointer it made and doesn't return: what was only on the way
   * to a result is never stored anywhere.
   *
   * @throws TypeError when the function is asynchronous.
   */
  tidy<T>(body: () => T): T {
    return this.scopes.tidy(body);
  }

  toString(): string {
    return `<TensorHook user:${this.user} workers:${[...this.#workers.keys()].join()}>`;
  }

  /** Who the program is and which workers it knows, by id. */
  toJSON(): object {
    return {
      user: this.user,
      workers: [...this.#workers.keys()],
    };
  }
}

function checkedUser(user: unknown = 'me'): string {
  if (typeof user === 'string') return user;
  throw new PointerMisuseError(
    `The user of TensorHook is ${describeValue(user)}, expected the name of a user, a text`,
  );
}

printsAsText(TensorHook);
guard(TensorHook, HOOK);
