import {
  encodeAttributes,
  type Json,
  jsonDigest,
  parsePlan,
  type RemotePlan,
} from '../protocol/index.ts';
import { ask } from './ask.ts';
import { commonLocation, refuseLocal } from './collocation.ts';
import type { CommandQueue } from './command-queue.ts';
import { inferPlan, type PlanInput } from './infer-plan.ts';
import { argumentOf } from './operands.ts';
import { plainCommand } from './plain-command.ts';
import { PointerTensor } from './pointer-tensor.ts';
import type { RemoteWorker } from './remote-worker.ts';
import { drawSeed } from './seed.ts';
import { newObject } from './send.ts';
import { withLeaves } from './structure.ts';
import type { TensorHook } from './tensor-hook.ts';

/** What a plan takes for each of its inputs. */
export type PlanArgument = PointerTensor | number | boolean;

/** A function that was traced once, and runs at any worker as one small command. */
export class Plan<Output = unknown> {
  /** The plan as it travels; its digest is its name. */
  readonly wire: RemotePlan;
  readonly #hook: TensorHook;
  /** Any value in the form of what the function gave. */
  readonly #output: unknown;
  readonly #digest: Promise<string>;
  readonly #sent = new WeakSet<CommandQueue>();

  /** @internal */
  constructor(hook: TensorHook, wire: RemotePlan, output: unknown) {
    this.wire = wire;
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
    this.#sent.add(worker.queue);
    return this;
  }

  /**
   * Runs the plan at a worker on objects that are there.
   *
   * @throws TypeError for another count of arguments than the function has, or other things than
   * pointers and numbers.
   * @throws TensorsNotCollocatedError when an argument is somewhere else.
   */
  run(worker: RemoteWorker, ...args: readonly PlanArgument[]): Output {
    const pointers = args.filter((value) => value instanceof PointerTensor);
    this.#check(worker, args, pointers);
    this.#store(worker);
    const forms = inferPlan(this.#hook.localTf, this.wire, args.map(formOf));
    const objects = forms.map((form) => newObject(worker, form));
    const seed = drawSeed();
    const references = args.map(argumentOf);
    const ids = objects.map(({ id }) => id);
    const { bytes } = plainCommand('$run', references, { plan: '0'.repeat(64), seed }, ids);
    worker.queue.push({
      inputs: pointers.map(({ object }) => object),
      outputs: objects,
      isWanted: false,
      storesResults: false,
      bytes,
      wire: async () => [
        '$run',
        references,
        encodeAttributes({ plan: await this.#digest, seed }),
        ids,
      ],
    });
    const results = objects.map((object) => new PointerTensor({ location: worker, object }));
    return withLeaves(this.#output, results) as Output;
  }

  /** The plan as it travels. */
  toJSON(): RemotePlan {
    return this.wire;
  }

  #check(
    worker: RemoteWorker,
    args: readonly PlanArgument[],
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
    for (const pointer of pointers) pointer.assertUsable('run');
  }

  #store({ queue }: RemoteWorker): void {
    if (this.#sent.has(queue)) return;
    this.#sent.add(queue);
    queue.push({
      inputs: [],
      outputs: [],
      isWanted: true,
      storesResults: false,
      ...plainCommand('$store-plan', [], { plan: this.wire }, []),
    });
  }
}

/** A plan that somebody stored at a worker; it gives one pointer, or a list of them. */
export async function fetchPlan(worker: RemoteWorker, digest: string): Promise<Plan> {
  const value = await ask(worker, { op: '$fetch-plan', attributes: { digest } });
  const wire = parsePlan((value as { readonly plan?: unknown }).plan);
  const output = wire.outputs.length === 1 ? undefined : wire.outputs;
  return new Plan(worker.hook, wire, output);
}

function isArgument(value: unknown): boolean {
  return value instanceof PointerTensor || typeof value === 'number' || typeof value === 'boolean';
}

function formOf(value: PlanArgument): PlanInput {
  return value instanceof PointerTensor ? value.object.form : { value };
}
