import type { ResultObject, Task, TrainingPlan } from '@tributary/client/protocol';
import { Records } from '../../src/records/records.ts';
import { SealOutlines } from '../../src/records/seal-outlines.ts';
import { HeaderCache } from '../../src/steps/read-headers.ts';
import { runTask } from '../../src/steps/run-task.ts';
import type { StepContext } from '../../src/steps/step.ts';
import { sweep } from '../../src/steps/sweep.ts';
import {
  createModel,
  MODEL,
  OPENED_AT,
  openFirstRound,
  type TestUpdate,
  upload,
} from '../support/federation.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import { Scheduler } from './scheduler.ts';
import { seededRandom } from './seeded-random.ts';
import { SimulatedCrash, SimulatedStore } from './simulated-store.ts';

export interface Faults {
  /** Chance that a process dies around one write. */
  readonly crashRate: number;
  /** Chance that a message is lost for good. */
  readonly dropRate: number;
  /** Chance that a message stays in its queue after it was handled. */
  readonly duplicateRate: number;
  /** Chance that a task runs which nobody sent. */
  readonly strayRate: number;
}

export const CALM: Faults = { crashRate: 0, dropRate: 0, duplicateRate: 0, strayRate: 0 };
export const STORM: Faults = { crashRate: 0.1, dropRate: 0.3, duplicateRate: 0.3, strayRate: 0.2 };

export interface SimulationInput {
  readonly seed: number;
  readonly plan: TrainingPlan;
  readonly updates: readonly TestUpdate[];
  readonly faults: Faults;
  readonly goal: number;
  readonly minimum: number;
  readonly groups?: number;
  /** @default 60, which no run reaches */
  readonly deadlineSeconds?: number;
}

export interface Simulation {
  readonly store: MemoryObjectStore;
  readonly result: ResultObject;
  /** Times head.json was replaced. */
  readonly headMoves: number;
  /** Keys in the order in which they were made. */
  readonly written: readonly string[];
}

/** A few steps: whatever a sweep finds is sometimes still at work and sometimes lost. */
const PATIENCE_MS = 2_000;

/** Steps a run may take before the test says that it hangs. */
const STEPS_MAX = 5_000;

/** Runs one round under a seeded schedule with faults, until it has a result and head has followed. */
export async function simulateRound(input: SimulationInput): Promise<Simulation> {
  const clock = { now: OPENED_AT };
  const store = new CountingStore(() => clock.now);
  await createModel(store, input.plan);
  await openFirstRound(
    store,
    { goal: input.goal, minimum: input.minimum, deadlineSeconds: input.deadlineSeconds ?? 60 },
    input.groups === undefined ? {} : { groups: input.groups },
  );
  const world = new World(store, input, clock);
  const records = new Records(store);
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const result = await records.result({ model: MODEL, round: 1 });
    const head = await records.head(MODEL);
    if (result !== undefined && head?.head.round === 1) {
      // Zombies and late messages run on after the end and must change nothing.
      await world.drain();
      return { store, result, headMoves: store.headMoves, written: [...store.objects.keys()] };
    }
    await world.step();
  }
  throw new Error(`Round has no result after ${STEPS_MAX} steps (seed ${input.seed})`);
}

class CountingStore extends MemoryObjectStore {
  headMoves = 0;

  override async replace(pin: { readonly key: string; readonly etag: string }, body: Uint8Array) {
    const outcome = await super.replace(pin, body);
    if (outcome.kind === 'replaced') this.headMoves += 1;
    return outcome;
  }
}

class World {
  readonly #store: MemoryObjectStore;
  readonly #input: SimulationInput;
  readonly #random: () => number;
  readonly #scheduler: Scheduler;
  readonly #toUpload: TestUpdate[];
  readonly #clock: { now: number };
  #queue: Task[] = [];
  #ids = 0;
  #warm: StepContext | undefined;

  constructor(store: MemoryObjectStore, input: SimulationInput, clock: { now: number }) {
    this.#clock = clock;
    this.#store = store;
    this.#input = input;
    this.#random = seededRandom(input.seed);
    this.#scheduler = new Scheduler(this.#random);
    this.#toUpload = [...input.updates];
  }

  /** Up to twelve things happen at once, in any interleaving of their requests. */
  async step(): Promise<void> {
    const count = 1 + Math.floor(this.#random() * 12);
    await this.#scheduler.run(Array.from({ length: count }, () => this.#somethingHappens()));
    this.#clock.now += Math.floor(this.#random() * 1_000);
  }

  async drain(): Promise<void> {
    const left = this.#queue;
    this.#queue = [];
    await this.#scheduler.run(left.map((task) => this.#runTask(task)));
    await this.#scheduler.run([this.#sweep()]);
  }

  #somethingHappens(): Promise<void> {
    // Any task may arrive at any time: a zombie's, a stranger's, one of a message kept for days.
    if (this.#random() < this.#input.faults.strayRate) return this.#runTask(this.#strayTask());
    const dice = this.#random();
    if (dice < 0.2 && this.#toUpload.length > 0) return this.#upload();
    if (dice < 0.9 && this.#queue.length > 0) return this.#runTask(this.#takeTask());
    return dice < 0.95 || this.#toUpload.length === 0 ? this.#sweep() : Promise.resolve();
  }

  async #upload(): Promise<void> {
    const [update] = this.#take(this.#toUpload);
    if (update === undefined) return;
    await this.#scheduler.turn();
    await upload(this.#store, this.#input.plan, update);
    this.#enqueue([{ schema: 1, task: 'collect', model: MODEL, round: 1 }]);
  }

  #strayTask(): Task {
    const group = Math.floor(this.#random() * (this.#input.groups ?? 1));
    const id = { schema: 1, model: MODEL, round: 1 } as const;
    const strays: Task[] = [
      { ...id, task: 'seal', group },
      { ...id, task: 'fold', group, seal: 0, shard: 0 },
      { ...id, task: 'merge', shard: 0 },
      { ...id, task: 'publish' },
    ];
    return this.#take(strays)[0] ?? { ...id, task: 'collect' };
  }

  #takeTask(): Task {
    const [task] = this.#take(this.#queue);
    if (task === undefined) throw new Error('Queue is empty');
    if (this.#random() < this.#input.faults.duplicateRate) this.#queue.push(task);
    return task;
  }

  #take<T>(items: T[]): T[] {
    return items.splice(Math.floor(this.#random() * items.length), 1);
  }

  #enqueue(tasks: readonly Task[]): void {
    for (const task of tasks) {
      if (this.#random() >= this.#input.faults.dropRate) this.#queue.push(task);
    }
  }

  #runTask(task: Task): Promise<void> {
    return this.#process(async (context) => (await runTask(context, task)).next);
  }

  #sweep(): Promise<void> {
    return this.#process(sweep);
  }

  async #process(run: (context: StepContext) => Promise<readonly Task[]>): Promise<void> {
    const context = this.#warm ?? this.#newContext();
    // Half of the invocations meet a warm process with its caches, the others a new one.
    this.#warm = this.#random() < 0.5 ? context : undefined;
    try {
      this.#enqueue(await run(context));
    } catch (error) {
      if (!(error instanceof SimulatedCrash)) throw error;
      this.#warm = undefined;
    }
  }

  #newContext(): StepContext {
    const faults = { random: this.#random, crashRate: this.#input.faults.crashRate };
    const store = new SimulatedStore(this.#store, this.#scheduler.turn, faults);
    const records = new Records(store);
    return {
      records,
      headers: new HeaderCache(),
      seals: new SealOutlines(records),
      patienceMs: PATIENCE_MS,
      // However little there is to do: claims of processes that died must stop nothing.
      claimedFromMs: 0,
      now: () => this.#clock.now,
      newId: () => {
        this.#ids += 1;
        return this.#ids.toString(16).padStart(32, '0');
      },
      log: ({ event, error }) => {
        if (event === 'sweep-failed' && !String(error).includes('killed'))
          throw new Error(String(error));
      },
    };
  }
}
