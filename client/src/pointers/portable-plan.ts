import type { OutputSpec } from '../execution/index.ts';
import {
  CommandError,
  encodeAttributes,
  type Json,
  jsonDigest,
  parsePlan,
  type RemotePlan,
} from '../protocol/index.ts';
import { ask } from './ask.ts';
import type { CommandQueue } from './command-queue.ts';
import { deepFreeze } from './deep-freeze.ts';
import { inferPlan } from './infer-plan.ts';
import { argumentOf } from './operands.ts';
import { plainCommand } from './plain-command.ts';
import { PointerTensor } from './pointer-tensor.ts';
import { queueComputation } from './queue-computation.ts';
import type { QueuedCommand } from './queued-command.ts';
import type { RemoteWorker } from './remote-worker.ts';
import { drawSeed } from './seed.ts';
import type { TensorHook } from './tensor-hook.ts';

/** As long as a digest, which takes a while to compute. */
const DIGEST_PLACE: string = '0'.repeat(64);

/** Different forms of inputs for which the forms of the results are kept. */
const KNOWN_FORMS_MAX = 64;

/** A plan on its way to one worker, or there. */
export interface PlanCopy {
  /** Why the worker will not have it. */
  error: CommandError | undefined;
}

/** Commands as they travel, and the workers that have them. */
export class PortablePlan {
  /** Nothing can change it; its digest is its name. */
  readonly wire: RemotePlan;
  readonly #hook: TensorHook;
  readonly #copies = new WeakMap<CommandQueue, PlanCopy>();
  readonly #resultForms = new Map<string, readonly OutputSpec[]>();
  #digest: Promise<string> | undefined;

  /** @throws CommandError `plan-invalid` when it is too long, or not a plan. */
  constructor(hook: TensorHook, wire: unknown) {
    this.wire = deepFreeze(structuredClone(parsePlan(wire)));
    this.#hook = hook;
  }

  digest(): Promise<string> {
    this.#digest ??= jsonDigest(this.wire as unknown as Json);
    return this.#digest;
  }

  /**
   * Stores the plan at a worker.
   *
   * @throws CommandError when the worker will not have it.
   */
  async send(worker: RemoteWorker): Promise<void> {
    await ask(worker, { op: '$store-plan', attributes: { plan: this.wire } });
    this.#copies.set(worker.queue, { error: undefined });
  }

  /**
   * Runs it on objects of a worker, and stores it there before if need be.
   *
   * @param inputs - One for each input, of the given forms.
   * @throws CommandError when a command can't take what it would get; nothing is queued then.
   */
  run(
    worker: RemoteWorker,
    inputs: readonly (PointerTensor | number | boolean)[],
    inputForms: readonly OutputSpec[],
  ): PointerTensor[] {
    const forms = this.#formsFor(inputForms);
    const copy = this.store(worker);
    const references = inputs.map(argumentOf);
    const seed = drawSeed();
    return queueComputation(worker, {
      inputs: inputs.filter((value) => value instanceof PointerTensor),
      forms,
      travel: (ids) => ({
        ...plainCommand('$run', references, { plan: DIGEST_PLACE, seed }, ids),
        wire: async () => {
          if (copy.error !== undefined) throw copy.error;
          const attributes = encodeAttributes({ plan: await this.digest(), seed });
          return ['$run', references, attributes, ids];
        },
        remedy: this.#remedy(copy),
      }),
    });
  }

  /** Stores the plan at a worker with the next batch, unless the worker has it. */
  store({ queue }: RemoteWorker): PlanCopy {
    const known = this.#copies.get(queue);
    if (known !== undefined && known.error === undefined) return known;
    const copy: PlanCopy = { error: undefined };
    this.#copies.set(queue, copy);
    queue.push(this.#storing(copy));
    return copy;
  }

  /** Forms of the results; the same inputs give the same. */
  #formsFor(inputs: readonly OutputSpec[]): readonly OutputSpec[] {
    const key = inputs.map(({ dtype, shape }) => `${dtype}[${shape}]`).join();
    const known = this.#resultForms.get(key);
    if (known !== undefined) return known;
    const forms = inferPlan(this.#hook.localTf, this.wire, inputs);
    if (this.#resultForms.size >= KNOWN_FORMS_MAX) this.#resultForms.clear();
    this.#resultForms.set(key, forms);
    return forms;
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
