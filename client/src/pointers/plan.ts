import type { Tensor } from '@tensorflow/tfjs';
import {
  CommandError,
  encodeAttributes,
  type Json,
  jsonDigest,
  parsePlan,
  type RemotePlan,
} from '../protocol/index.ts';
import { ask } from './ask.ts';
import { commonLocation, refuseAbsent, refuseChains, refuseLocal } from './collocation.ts';
import type { CommandQueue } from './command-queue.ts';
import { inferPlan, type PlanInput } from './infer-plan.ts';
import { MultiPointerTensor } from './multi-pointer-tensor.ts';
import { argumentOf } from './operands.ts';
import { plainCommand } from './plain-command.ts';
import { PointerTensor } from './pointer-tensor.ts';
import { queueComputation } from './queue-computation.ts';
import type { QueuedCommand } from './queued-command.ts';
import { RemoteWorker } from './remote-worker.ts';
import { drawSeed } from './seed.ts';
import { withLeaves } from './structure.ts';
import type { TensorHook } from './tensor-hook.ts';

/** What a plan takes for each of its inputs. */
export type PlanArgument = PointerTensor | MultiPointerTensor | number | boolean;

/** The same at one worker. */
type PlaceArgument = PointerTensor | number | boolean;

/** As long as a digest, which takes a while to compute. */
const DIGEST_PLACE: string = '0'.repeat(64);

/** What a function gave, as a plan gives it: local tensors are constants of it, and come as pointers too. */
export type PlanOutput<Output> = Output extends Tensor
  ? PointerTensor
  : Output extends PointerTensor
    ? Output
    : Output extends object
      ? { [Key in keyof Output]: PlanOutput<Output[Key]> }
      : Output;

/** A plan on its way to one worker, or there. */
interface PlanCopy {
  /** Why the worker will not have it. */
  error: CommandError | undefined;
}

/** A function that was traced once, and runs at any worker as one small command. */
export class Plan<Output = unknown> {
  /** The plan as it travels; its digest is its name. */
  readonly wire: RemotePlan;
  readonly #hook: TensorHook;
  /** Any value in the form of what the function gave. */
  readonly #output: unknown;
  readonly #digest: Promise<string>;
  readonly #copies = new WeakMap<CommandQueue, PlanCopy>();

  /**
   * @internal
   * @throws CommandError `plan-invalid` when it is too long, or no plan.
   */
  constructor(hook: TensorHook, wire: RemotePlan, output: unknown) {
    this.wire = parsePlan(wire);
    this.#hook = hook;
    this.#output = output;
    this.#digest = jsonDigest(wire as unknown as Json);
  }

  /** SHA-256 of the plan, in hex: two plans that do the same thing the same way have the same. */
  digest(): Promise<string> {
    return this.#digest;
  }

  /**
   * Stores the plan at a worker; {@link Plan.run} does so by itself the first time.
   *
   * @throws CommandError when the worker will not have it.
   */
  async send(worker: RemoteWorker): Promise<this> {
    await ask(worker, { op: '$store-plan', attributes: { plan: this.wire } });
    this.#copies.set(worker.queue, { error: undefined });
    return this;
  }

  /**
   * Runs the plan at a worker on objects that are there. Of a multi-pointer it takes the object at
   * this worker. A worker that has forgotten the plan, as happens after weeks without use, gets it
   * anew.
   *
   * @throws TypeError for another count of arguments than the function has, or other things than
   * pointers and numbers.
   * @throws TensorsNotCollocatedError when an argument is somewhere else.
   */
  run(worker: RemoteWorker, ...given: readonly PlanArgument[]): PlanOutput<Output> {
    if (!(worker instanceof RemoteWorker)) {
      throw new TypeError('run() takes a worker first; write plan.run(bob, ...pointers)');
    }
    const args = given.map((value) => atWorker(worker, value));
    const pointers = args.filter((value) => value instanceof PointerTensor);
    this.#check(worker, args, pointers);
    const copy = this.#store(worker);
    const forms = inferPlan(this.#hook.localTf, this.wire, args.map(formOf));
    const references = args.map(argumentOf);
    const seed = drawSeed();
    const results = queueComputation(worker, {
      inputs: pointers,
      forms,
      travel: (ids) => ({
        ...plainCommand('$run', references, { plan: DIGEST_PLACE, seed }, ids),
        wire: async () => {
          if (copy.error !== undefined) throw copy.error;
          const attributes = encodeAttributes({ plan: await this.#digest, seed });
          return ['$run', references, attributes, ids];
        },
        remedy: this.#remedy(copy),
      }),
    });
    return withLeaves(this.#output, results) as PlanOutput<Output>;
  }

  /** The plan as it travels; {@link TensorHook.planFromJson} is the inverse. */
  toJSON(): RemotePlan {
    return this.wire;
  }

  #check(
    worker: RemoteWorker,
    args: readonly PlaceArgument[],
    pointers: readonly PointerTensor[],
  ): void {
    if (args.length !== this.wire.inputs) {
      throw new TypeError(
        `The plan got ${args.length} arguments, it takes ${this.wire.inputs}; give one for each of its function`,
      );
    }
    const other = args.find((value) => !isArgument(value)) as unknown;
    if (other instanceof this.#hook.localTf.Tensor) refuseLocal('run', worker, other);
    if (other !== undefined) {
      throw new TypeError(
        `run() got ${typeof other}, allowed are pointers, numbers and booleans; send() tensors first`,
      );
    }
    const [first, ...others] = pointers;
    if (first !== undefined) commonLocation('run', [first, ...others], worker);
    refuseChains('run', pointers);
    for (const pointer of pointers) pointer.assertUsable('run');
  }

  #store({ queue }: RemoteWorker): PlanCopy {
    const known = this.#copies.get(queue);
    if (known !== undefined && known.error === undefined) return known;
    const copy: PlanCopy = { error: undefined };
    this.#copies.set(queue, copy);
    queue.push(this.#storing(copy));
    return copy;
  }

  #storing(copy: PlanCopy, onLost?: () => void): QueuedCommand {
    return {
      inputs: [],
      outputs: [],
      isWanted: true,
      ...plainCommand('$store-plan', [], { plan: this.wire }, []),
      onFailed: (error) => {
        // A worker out of reach has not refused it; the runs that wait have a remedy then.
        if (error instanceof CommandError) copy.error = error;
        else onLost?.();
      },
    };
  }

  /** Stores a plan that the worker doesn't have, once for each run, unless that is lost on its way. */
  #remedy(copy: PlanCopy): NonNullable<QueuedCommand['remedy']> {
    let isTried = false;
    return ({ code }) => {
      if (code !== 'plan-not-found' || isTried) return undefined;
      isTried = true;
      return this.#storing(copy, () => {
        isTried = false;
      });
    };
  }
}

/** A plan that somebody stored at a worker. */
export async function fetchPlan(worker: RemoteWorker, digest: string): Promise<Plan> {
  const value = await ask(worker, { op: '$fetch-plan', attributes: { digest } });
  return planFromJson(worker.hook, (value as { readonly plan: unknown }).plan);
}

/** A plan as it travels; it gives one pointer, or a list of them. */
export function planFromJson(hook: TensorHook, json: unknown): Plan {
  const wire = parsePlan(json);
  return new Plan(hook, wire, wire.outputs.length === 1 ? undefined : wire.outputs);
}

function atWorker({ id }: RemoteWorker, value: PlanArgument): PlaceArgument {
  if (!(value instanceof MultiPointerTensor)) return value;
  return value.child.child[id] ?? refuseAbsent('run', id, value.parts);
}

function isArgument(value: unknown): boolean {
  return value instanceof PointerTensor || typeof value === 'number' || typeof value === 'boolean';
}

function formOf(value: PlaceArgument): PlanInput {
  return value instanceof PointerTensor ? value.object.form : { value };
}
