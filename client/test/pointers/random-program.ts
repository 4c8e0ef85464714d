import * as tf from '@tensorflow/tfjs';
import { CommandError, HookedTensor, type PointerTensor, TensorHook } from '@tributary/client';
import fc from 'fast-check';
import { expect } from 'vitest';
import { type Fault, FaultyWorker, persistently } from './faulty-worker.ts';

/** One thing that a program does; which pointers it does it to depends on those that there are. */
export interface Step {
  readonly kind: (typeof KINDS)[number];
  readonly first: number;
  readonly second: number;
  readonly worker: 0 | 1;
  readonly number: number;
}

const KINDS = [
  'send',
  'send',
  'number',
  'unary',
  'binary',
  'binary',
  'split',
  'fail',
  'copy',
  'get',
  'look',
  'move',
  'chain',
  'dispose',
  'tidy',
  'stumble',
  'plan',
  'gradient',
  'multi',
  'tag',
  'count',
  'clear',
] as const;

/** Programs of up to 24 steps. */
export const programs: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    first: fc.nat(30),
    second: fc.nat(30),
    worker: fc.constantFrom(0, 1),
    number: fc.integer({ min: -3, max: 3 }),
  }),
  { minLength: 4, maxLength: 24 },
);

/** A pointer, and the tensor that it should point to; without values if its command fails. */
interface Held {
  readonly pointer: PointerTensor;
  readonly worker: 0 | 1;
  readonly values: readonly number[] | undefined;
  tags: readonly string[];
}

/** Runs a program at two workers and checks everything it sees against tfjs on this machine. */
export class ProgramRun {
  readonly hook: TensorHook = new TensorHook(tf);
  readonly workers: readonly [FaultyWorker, FaultyWorker];
  #held: Held[] = [];

  constructor(next: () => Fault) {
    this.workers = [
      new FaultyWorker(this.hook, 'bob', next),
      new FaultyWorker(this.hook, 'alice', next),
    ];
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.#do(step);
    for (const worker of this.workers) await persistently(() => worker.queue.flush());
    for (const worker of this.workers) await worker.transport.settled();
  }

  /** What both stores should hold: values and tags of what the program still points to. */
  expectedContents(): string[][] {
    return [0, 1].map((worker) =>
      this.#held
        .filter((held) => held.worker === worker && held.values !== undefined)
        .map(({ values, tags }) => JSON.stringify([values, tags]))
        .sort(),
    );
  }

  /** What they hold. */
  async contents(): Promise<string[][]> {
    return await Promise.all(this.workers.map(contentOf));
  }

  async #do({ kind, first, second, worker, number }: Step): Promise<void> {
    const one = this.#held[first % Math.max(1, this.#held.length)];
    if (kind === 'send') return this.#send(worker, [number, first, -second, 0.5]);
    if (kind === 'multi') return await this.#multi([first, second, number, 1]);
    if (kind === 'count') return await this.#count(worker);
    if (kind === 'clear') return number === 3 ? await this.#clear(worker) : undefined;
    if (one === undefined) return undefined;
    const partners = this.#held.filter((held) => isPartner(held, one));
    const two = partners[second % partners.length] ?? one;
    return await this.#doWith(kind, { one, two, number });
  }

  async #doWith(
    kind: Step['kind'],
    { one, two, number }: { readonly one: Held; readonly two: Held; readonly number: number },
  ): Promise<void> {
    const { pointer } = one;
    switch (kind) {
      case 'number':
        return this.#add(
          pointer.mul(number),
          compute([one], ([a]) => a.mul(number)),
          one,
        );
      case 'unary':
        return this.#unary(one);
      case 'binary':
        return this.#add(
          pointer.sub(two.pointer),
          compute([one, two], ([a, b]) => a.sub(b)),
          one,
        );
      case 'split':
        return this.#split(one);
      case 'fail':
        return this.#add(pointer.gather([number * 100 - 1]), undefined, one);
      case 'copy':
        return this.#add(pointer.copy(), one.values, one);
      case 'get':
        return await this.#get(one, { keep: false });
      case 'look':
        return await this.#get(one, { keep: true });
      case 'move':
        return await this.#move(one);
      case 'chain':
        return await this.#chain(one);
      case 'dispose':
        return this.#dispose(one);
      case 'tidy':
        return this.#tidy(one, two);
      case 'stumble':
        return this.#stumble(one);
      case 'plan':
        return this.#plan(one, two, number);
      case 'gradient':
        return this.#gradient(one);
      default:
        return this.#tag(one, number);
    }
  }

  #send(worker: 0 | 1, values: readonly number[]): void {
    const pointer = tf.tidy(() => tf.tensor1d([...values]).send(this.workers[worker]) as never);
    const own = [...Float32Array.from(values)];
    this.#held.push({ pointer, worker, values: own, tags: [] });
  }

  #add(pointer: PointerTensor, values: readonly number[] | undefined, { worker }: Held): void {
    this.#held.push({ pointer, worker, values, tags: [] });
  }

  #unary(one: Held): void {
    const pointer = this.hook.tidy(() => one.pointer.square().neg());
    this.#add(
      pointer,
      compute([one], ([a]) => a.square().neg()),
      one,
    );
  }

  #split(one: Held): void {
    if (one.pointer.shape?.[0] !== 4) return;
    const parts = one.pointer.split(2);
    for (const [index, part] of parts.entries()) {
      this.#add(part, one.values?.slice(2 * index, 2 * index + 2), one);
    }
  }

  async #get(one: Held, options: { readonly keep: boolean }): Promise<void> {
    const value = await this.#outcome(one, () => one.pointer.get(options));
    if (value !== undefined) expect(takeValues(value)).toEqual(one.values);
    if (!options.keep) this.#dispose(one);
  }

  async #move(one: Held): Promise<void> {
    const other = one.worker === 0 ? 1 : 0;
    const moved = await this.#outcome(one, () => one.pointer.move(this.workers[other]));
    this.#dispose(one);
    if (moved !== undefined) this.#held.push({ ...one, pointer: moved, worker: other });
  }

  /** Sends the pointer to the other worker and takes it back. */
  async #chain(one: Held): Promise<void> {
    const chain = one.pointer.send(this.workers[one.worker === 0 ? 1 : 0]);
    const back = await persistently(() => chain.get());
    expect(back.idAtLocation).toBe(one.pointer.idAtLocation);
    back.dispose();
  }

  #tidy(one: Held, two: Held): void {
    const pointer = this.hook.tidy(() => one.pointer.add(1).mul(two.pointer).sub(one.pointer));
    this.#add(
      pointer,
      compute([one, two], ([a, b]) => a.add(1).mul(b).sub(a)),
      one,
    );
  }

  /** A command that fails between two that need one another, and not it. */
  #stumble(one: Held): void {
    const pointer = this.hook.tidy(() => {
      const early = one.pointer.add(1);
      one.pointer.gather([99]).tag('#bad');
      return early.mul(2);
    });
    this.#add(
      pointer,
      compute([one], ([a]) => a.add(1).mul(2)),
      one,
    );
  }

  #plan(one: Held, two: Held, number: number): void {
    const plan = this.hook.plan((a, b, c) => a.mul(c).add(b));
    const pointer = plan.run(this.workers[one.worker], one.pointer, two.pointer, number);
    this.#add(
      pointer,
      compute([one, two], ([a, b]) => a.mul(number).add(b)),
      one,
    );
  }

  #gradient(one: Held): void {
    const { value, grads } = this.hook.valueAndGrads((v) => v.square().sum())([one.pointer]);
    value.dispose();
    this.#add(
      grads[0],
      compute([one], ([a]) => a.mul(2)),
      one,
    );
  }

  async #multi(values: readonly number[]): Promise<void> {
    const local = tf.tensor1d([...values]);
    const parts = this.workers.map((worker) => local.send(worker));
    const both = HookedTensor.combine(...(parts as [PointerTensor, PointerTensor])).mul(3);
    for (const part of parts) part.dispose();
    const sum = await persistently(() => both.get({ sumResults: true }));
    expect(takeValues(sum)).toEqual(takeValues(local.mul(6)));
    local.dispose();
  }

  #tag(one: Held, number: number): void {
    one.pointer.tag(`#${number}`);
    one.tags = [...new Set([...one.tags, `#${number}`])];
  }

  async #count(worker: 0 | 1): Promise<void> {
    const objects = await persistently(() => this.workers[worker].objects());
    expect(objects.size).toBe(this.expectedContents()[worker]?.length);
  }

  async #clear(worker: 0 | 1): Promise<void> {
    await persistently(() => this.workers[worker].clearObjects());
    for (const held of this.#held.filter((item) => item.worker === worker)) this.#dispose(held);
  }

  #dispose(one: Held): void {
    one.pointer.dispose();
    this.#held = this.#held.filter((held) => held !== one);
  }

  /** The value, or `undefined` after the failure that the program made. */
  async #outcome<T>(one: Held, body: () => Promise<T>): Promise<T | undefined> {
    if (one.values !== undefined) return await persistently(body);
    const error = await persistently(body).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(CommandError);
    expect((error as CommandError).code).toBe('values-invalid');
    expect((error as CommandError).command?.op).toBe('gather');
    return undefined;
  }
}

function isPartner(held: Held, one: Held): boolean {
  return held.worker === one.worker && String(held.pointer.shape) === String(one.pointer.shape);
}

function compute(
  inputs: readonly Held[],
  body: (tensors: [tf.Tensor, tf.Tensor]) => tf.Tensor,
): readonly number[] | undefined {
  if (inputs.some(({ values }) => values === undefined)) return undefined;
  const tensors = inputs.map(
    ({ values }) =>
      () =>
        tf.tensor1d([...(values ?? [])]),
  );
  return takeValues(tf.tidy(() => body(tensors.map((make) => make()) as [tf.Tensor, tf.Tensor])));
}

function takeValues(tensor: tf.Tensor): number[] {
  const values = [...tensor.dataSync()];
  tensor.dispose();
  return values;
}

async function contentOf({ store }: FaultyWorker): Promise<string[]> {
  const { objects } = await store.list({});
  const contents = objects.map(async ({ name, header }) => {
    const found = await store.read(name);
    const bytes = found.kind === 'found' ? found.bytes.slice() : new Uint8Array();
    return JSON.stringify([[...new Float32Array(bytes.buffer)], header.tags]);
  });
  return (await Promise.all(contents)).sort();
}
