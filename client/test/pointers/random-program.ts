import * as tf from '@tensorflow/tfjs';
import { CommandError, type PointerTensor, TensorHook } from '@tributary/client';
import { encodeBase64 } from '@tributary/client/protocol';
import fc from 'fast-check';
import { expect } from 'vitest';
import { type Fault, FaultyWorker, persistently } from './faulty-worker.ts';
import { KINDS, STEPS, type StepKind } from './random-steps.ts';

/** Which of the two workers. */
export type Place = 0 | 1;

/** One thing that a program does; which pointers it does it to depends on those that there are. */
export interface Step {
  readonly kind: StepKind;
  readonly first: number;
  readonly second: number;
  readonly place: Place;
  readonly number: number;
}

/** Programs of up to 24 steps. */
export const programs: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    first: fc.nat(30),
    second: fc.nat(30),
    place: fc.constantFrom<Place>(0, 1),
    number: fc.integer({ min: -3, max: 3 }),
  }),
  { minLength: 4, maxLength: 24 },
);

/** A pointer, and what it should point to. */
export interface Held {
  readonly pointer: PointerTensor;
  readonly place: Place;
  /** Elements of a vector; `undefined` if its command fails. */
  readonly values: readonly number[] | undefined;
  readonly dtype: 'float32' | 'bool';
  tags: readonly string[];
  description: string;
  /** Whom each restriction on it allows, all of them the program's own. */
  allowed: readonly (readonly string[])[];
}

/** Runs a program at two workers and checks everything it sees against tfjs on this machine. */
export class ProgramRun {
  readonly hook: TensorHook = new TensorHook(tf);
  readonly workers: readonly [FaultyWorker, FaultyWorker];
  held: readonly Held[] = [];

  constructor(next: () => Fault) {
    this.workers = [
      new FaultyWorker(this.hook, 'bob', next),
      new FaultyWorker(this.hook, 'alice', next),
    ];
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.#do(step);
    await this.#settle();
  }

  /**
   * Gives up every pointer and waits until the workers have deleted what they pointed to. Pointers that
   * are collected later would send batches, and hold tensors, while another program runs.
   */
  async end(): Promise<void> {
    for (const held of this.held) this.drop(held);
    await this.#settle();
  }

  /** What is at a worker as long as no command fails, of those that a test allows. */
  heldAt(place: Place): readonly Held[] {
    return this.held.filter((held) => held.place === place && held.values !== undefined);
  }

  /** What both stores should hold: values, form and labels of what the program still points to. */
  expectedContents(): string[][] {
    return ([0, 1] as const).map((place) =>
      this.heldAt(place)
        .map(({ values, dtype, tags, description, allowed }) =>
          JSON.stringify([bytesOf(dtype, values ?? []), dtype, tags, description, sorted(allowed)]),
        )
        .sort(),
    );
  }

  /** What they hold, of the same. */
  async contents(): Promise<string[][]> {
    return await this.#listed(({ bytes, dtype, tags, description, restrictions }) => [
      ...[bytes, dtype, tags, description],
      sorted(restrictions.map(({ allow }) => allow)),
    ]);
  }

  /** Everything they hold but for ids, the digests that name ids, and times. */
  async everything(): Promise<string[][]> {
    return await this.#listed(({ digest, createdAt, revision, ...rest }) => rest);
  }

  hold(held: Pick<Held, 'pointer' | 'place' | 'values'> & Partial<Held>): void {
    const plain = { dtype: 'float32', tags: [], description: '', allowed: [] } as const;
    this.held = [...this.held, { ...plain, ...held }];
  }

  drop(one: Held): void {
    one.pointer.dispose();
    this.held = this.held.filter((held) => held !== one);
  }

  /** The value, or `undefined` after the failure that the program made. */
  async outcome<T>(one: Held, body: () => Promise<T>): Promise<T | undefined> {
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

  async #settle(): Promise<void> {
    for (const worker of this.workers) await persistently(() => worker.flush());
    for (const worker of this.workers) await worker.transport.settled();
  }

  async #do({ kind, first, second, place, number }: Step): Promise<void> {
    const { needs, run } = STEPS[kind];
    const one = this.held[first % Math.max(1, this.held.length)];
    const numbers = { first, second, place, number };
    if (needs === 'nothing') return await run(this, { ...numbers, one, two: one });
    if (one === undefined || (needs === 'float' && one.dtype !== 'float32')) return;
    const partners = this.held.filter((held) => isPartner(held, one));
    return await run(this, { ...numbers, one, two: partners[second % partners.length] ?? one });
  }

  async #listed(pick: (object: StoredObject) => unknown): Promise<string[][]> {
    const all = this.workers.map(async ({ store }) => {
      const { objects } = await store.list({});
      const shown = objects.map(async ({ name, header }) => {
        const found = await store.read(name);
        const bytes = encodeBase64(found.kind === 'found' ? found.bytes : new Uint8Array());
        return JSON.stringify(pick({ ...header, bytes }));
      });
      return (await Promise.all(shown)).sort();
    });
    return await Promise.all(all);
  }
}

type StoredObject = Awaited<
  ReturnType<FaultyWorker['store']['list']>
>['objects'][number]['header'] & { readonly bytes: string };

function isPartner(held: Held, one: Held): boolean {
  const isSame =
    held.dtype === one.dtype && String(held.pointer.shape) === String(one.pointer.shape);
  return held.place === one.place && isSame;
}

function sorted(allowed: Held['allowed']): string[] {
  return allowed.map((users) => [...users].sort().join()).sort();
}

function bytesOf(dtype: Held['dtype'], values: readonly number[]): string {
  const elements = dtype === 'bool' ? Uint8Array.from(values) : Float32Array.from(values);
  return encodeBase64(new Uint8Array(elements.buffer));
}
