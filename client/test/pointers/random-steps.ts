import * as tf from '@tensorflow/tfjs';
import { HookedTensor, type PointerTensor } from '@tributary/client';
import { expect } from 'vitest';
import { persistently } from './faulty-worker.ts';
import type { Held, Place, ProgramRun } from './random-program.ts';

/** What a step is done to, and numbers to choose by. */
interface Given<One = Held> {
  readonly one: One;
  /** Of the same form at the same worker; perhaps the same. */
  readonly two: One;
  readonly first: number;
  readonly second: number;
  readonly place: Place;
  readonly number: number;
}

/** A kind of step: what must be there for it, and what it does. */
type StepRule =
  | { readonly needs: 'nothing'; run(run: ProgramRun, given: Given<unknown>): void | Promise<void> }
  | { readonly needs: 'any' | 'float'; run(run: ProgramRun, given: Given): void | Promise<void> };

type Step = (run: ProgramRun, given: Given) => void | Promise<void>;

type Made = Pick<Held, 'pointer' | 'place' | 'values' | 'allowed'>;

/** Steps that compute, on float32; each gives a pointer and the values it should have. */
const COMPUTING = {
  number: (_, { one, number }) =>
    made(
      [one],
      one.pointer.mul(number),
      from([one], ([a]) => a.mul(number)),
    ),
  unary: ({ hook }, { one }) =>
    made(
      [one],
      hook.tidy(() => one.pointer.square().neg()),
      from([one], ([a]) => a.square().neg()),
    ),
  binary: (_, { one, two }) =>
    made(
      [one, two],
      one.pointer.sub(two.pointer),
      from([one, two], ([a, b]) => a.sub(b)),
    ),
  tidy: ({ hook }, { one, two }) =>
    made(
      [one, two],
      hook.tidy(() => one.pointer.add(1).mul(two.pointer).sub(one.pointer)),
      from([one, two], ([a, b]) => a.add(1).mul(b).sub(a)),
    ),
  element: ({ hook }, { one }) =>
    made(
      [one],
      hook.tidy(() => one.pointer.at(0).reshape([1])),
      from([one], ([a]) => a.slice([0], [1])),
    ),
  list: ({ hook }, { one, two }) =>
    made(
      [one, two],
      hook.tf.addN([one.pointer, two.pointer, one.pointer]),
      from([one, two], ([a, b]) => tf.addN([a, b, a])),
    ),
  fail: (_, { one, number }) => made([one], one.pointer.gather([number * 100 - 1]), undefined),
  // A command that fails between two that need one another, and not it.
  stumble: ({ hook }, { one }) =>
    made(
      [one],
      hook.tidy(() => {
        const early = one.pointer.add(1);
        one.pointer.gather([99]).tag('#bad');
        return early.mul(2);
      }),
      from([one], ([a]) => a.add(1).mul(2)),
    ),
  plan: ({ hook, workers }, { one, two, number }) =>
    made(
      [one, two],
      hook
        .plan((a: PointerTensor, b: PointerTensor, c: number) => a.mul(c).add(b))
        .run(workers[one.place], one.pointer, two.pointer, number),
      from([one, two], ([a, b]) => a.mul(number).add(b)),
    ),
  gradient: ({ hook }, { one }) => {
    const { value, grads } = hook.valueAndGrads((v) => v.square().sum())([one.pointer]);
    value.dispose();
    return made(
      [one],
      grads[0],
      from([one], ([a]) => a.mul(2)),
    );
  },
  seeded: ({ hook }, { one, number }) =>
    made(
      [one],
      hook.tf.dropout(one.pointer, 0.5, undefined, number),
      from([one], ([a]) => tf.dropout(a, 0.5, undefined, number)),
    ),
} satisfies Record<string, (run: ProgramRun, given: Given) => Made>;

const STEP_TABLE = {
  send: nothing((run, { first, second, place, number }) => {
    const values = [number, first, -second, 0.5];
    sendTo(run, place, values, number > 1);
  }),
  split: float((run, { one }) => {
    if (one.pointer.shape?.[0] !== 4) return;
    for (const [index, pointer] of one.pointer.split(2).entries()) {
      run.hold(made([one], pointer, one.values?.slice(2 * index, 2 * index + 2)));
    }
  }),
  compare: float((run, { one, number }) => {
    const values = from([one], ([a]) => a.greater(number));
    run.hold({ ...made([one], one.pointer.greater(number), values), dtype: 'bool' });
  }),
  // Its values are known once they were looked at; they must not change afterwards.
  draw: float(async (run, { one }) => {
    await lookAt(run, one, run.hook.tf.dropout(one.pointer, 0.5));
  }),
  drawingPlan: float(async (run, { one }) => {
    const plan = run.hook.plan((a) => a.add(run.hook.tf.randomUniform([1])));
    await lookAt(run, one, plan.run(run.workers[one.place], one.pointer));
  }),
  copy: any((run, { one }) => {
    run.hold({ ...made([one], one.pointer.copy(), one.values), dtype: one.dtype });
  }),
  get: any(async (run, { one }) => {
    await check(run, one, { keep: false });
    run.drop(one);
  }),
  look: any(async (run, { one }) => await check(run, one, { keep: true })),
  // Asked for and given up in one turn.
  leave: any(async (run, { one }) => {
    const coming = one.pointer.get();
    run.drop(one);
    const value = await coming.catch(() => undefined);
    if (value !== undefined) expect(takeValues(value)).toEqual(one.values);
  }),
  ready: any(async (run, { one }) => {
    await run.outcome(one, () => one.pointer.ready());
  }),
  exists: any(async (_, { one }) => {
    const exists = await persistently(() => one.pointer.exists());
    expect(exists).toBe(one.values !== undefined);
  }),
  move: any(async (run, { one }) => {
    const place = other(one);
    const pointer = await run.outcome(one, () => one.pointer.move(run.workers[place]));
    run.drop(one);
    if (pointer !== undefined) run.hold({ ...one, pointer, place });
  }),
  home: any(async (run, { one }) => {
    const value = await run.outcome(one, () => one.pointer.move(run.hook.localWorker));
    run.drop(one);
    if (value !== undefined) expect(takeValues(value)).toEqual(one.values);
  }),
  // Sends the pointer to the other worker and takes it back.
  chain: any(async (run, { one }) => {
    const chain = one.pointer.send(run.workers[other(one)]);
    const back = await persistently(() => chain.get());
    expect(back.idAtLocation).toBe(one.pointer.idAtLocation);
    back.dispose();
  }),
  chainOperation: float(async (run, { one }) => {
    const chain = one.pointer.send(run.workers[other(one)]) as PointerTensor<PointerTensor>;
    const result = run.hook.tidy(() => chain.mul(3));
    const pointer = await persistently(() => result.get());
    chain.dispose();
    run.hold(
      made(
        [one],
        pointer,
        from([one], ([a]) => a.mul(3)),
      ),
    );
  }),
  remoteSend: any(async (run, { one }) => {
    const place = other(one);
    const chain = await run.outcome(one, () => one.pointer.remoteSend(run.workers[place]));
    run.drop(one);
    if (chain === undefined) return;
    run.hold({ ...one, pointer: await persistently(() => chain.get()), place });
  }),
  remoteGet: any(async (run, { one }) => {
    const place = other(one);
    const chain = one.pointer.send(run.workers[place]) as PointerTensor<PointerTensor>;
    const pointer = await run.outcome(one, () => chain.remoteGet());
    chain.dispose();
    run.drop(one);
    if (pointer !== undefined) run.hold({ ...one, pointer, place });
  }),
  dispose: any((run, { one }) => run.drop(one)),
  multi: nothing(async (run, { first, second, number }) => {
    const local = tf.tensor1d([first, second, number, 1]);
    const parts = run.workers.map((worker) => local.send(worker));
    const both = HookedTensor.combine(...(parts as [PointerTensor, PointerTensor])).mul(3);
    for (const part of parts) part.dispose();
    const sum = await persistently(() => both.get({ sumResults: true }));
    expect(takeValues(sum)).toEqual(takeValues(local.mul(6)));
    local.dispose();
  }),
  multiKept: nothing(async (run, { first, number }) => {
    const local = tf.tensor1d([first, number]);
    const both = local.send(...run.workers);
    const kept = await persistently(() => both.get({ keep: true }));
    const values = takeValues(local);
    expect(kept.map(takeValues)).toEqual([values, values]);
    for (const [place, { id }] of run.workers.entries()) {
      const pointer = both.child.child[id] as PointerTensor;
      run.hold({ pointer, place: place as Place, values });
    }
  }),
  tag: any((_, { one, number }) => {
    one.pointer.tag(`#${number}`);
    one.tags = [...new Set([...one.tags, `#${number}`])];
  }),
  describe: any((_, { one, number }) => {
    one.pointer.describe(`number ${number}`);
    one.description = `number ${number}`;
  }),
  allow: any(async (run, { one, number }) => {
    const user = `user${number + 3}`;
    await run.outcome(one, () => one.pointer.allow(user));
    one.allowed = one.allowed.map((users) => [...new Set([...users, user])]);
  }),
  count: nothing(async (run, { place }) => {
    const objects = await persistently(() => run.workers[place].objects());
    expect(objects.size).toBe(run.heldAt(place).length);
  }),
  search: nothing(async (run, { place, number }) => {
    const found = await persistently(() => run.workers[place].search(`#${number}`));
    const ids = found.map(({ idAtLocation }) => idAtLocation).sort();
    for (const pointer of found) pointer.dispose();
    const tagged = run.heldAt(place).filter(({ tags }) => tags.includes(`#${number}`));
    expect(ids).toEqual(tagged.map(({ pointer }) => pointer.idAtLocation).sort());
  }),
  clear: nothing(async (run, { place, number }) => {
    if (number !== 3) return;
    await persistently(() => run.workers[place].clearObjects());
    for (const held of run.held.filter((item) => item.place === place)) run.drop(held);
  }),
} as const;

/** Names of what a program can do. */
export type StepKind = keyof typeof STEP_TABLE | keyof typeof COMPUTING;

/** What each kind of step does. */
export const STEPS: Readonly<Record<StepKind, StepRule>> = {
  ...STEP_TABLE,
  ...(Object.fromEntries(
    Object.entries(COMPUTING).map(([kind, compute]) => [
      kind,
      float((run, given) => run.hold(compute(run, given))),
    ]),
  ) as Record<keyof typeof COMPUTING, StepRule>),
};

/** Every kind; more of what makes objects. */
export const KINDS: readonly StepKind[] = [
  ...(Object.keys(STEPS) as StepKind[]),
  ...(['send', 'send', 'send', 'send', 'binary', 'binary', 'tidy', 'plan'] as const),
];

function nothing(run: (run: ProgramRun, given: Given<unknown>) => void | Promise<void>): StepRule {
  return { needs: 'nothing', run };
}

function any(run: Step): StepRule {
  return { needs: 'any', run };
}

function float(run: Step): StepRule {
  return { needs: 'float', run };
}

/** What is computed carries the restrictions of its inputs, each once. */
function made(
  inputs: readonly [Held, ...Held[]],
  pointer: PointerTensor,
  values: readonly number[] | undefined,
): Made {
  const all = inputs.flatMap(({ allowed }) => allowed);
  const allowed = [...new Map(all.map((users) => [JSON.stringify(users), users])).values()];
  return { pointer, place: inputs[0].place, values, allowed };
}

function other({ place }: Held): Place {
  return place === 0 ? 1 : 0;
}

function sendTo(
  run: ProgramRun,
  place: Place,
  values: readonly number[],
  isPrivate: boolean,
): void {
  const local = tf.tensor1d([...values]);
  const pointer = local.send(run.workers[place], { private: isPrivate });
  run.hold({ pointer, place, values: takeValues(local), allowed: isPrivate ? [[]] : [] });
}

async function lookAt(run: ProgramRun, one: Held, pointer: PointerTensor): Promise<void> {
  const value = await run.outcome({ ...one, pointer }, () => pointer.get({ keep: true }));
  run.hold(made([one], pointer, value && takeValues(value)));
}

async function check(
  run: ProgramRun,
  one: Held,
  options: { readonly keep: boolean },
): Promise<void> {
  const value = await run.outcome(one, () => one.pointer.get(options));
  if (value !== undefined) expect(takeValues(value)).toEqual(one.values);
}

/** Values that an operation gives here; `undefined` if one of its inputs has none. */
function from(
  inputs: readonly Held[],
  body: (tensors: [tf.Tensor1D, tf.Tensor1D]) => tf.Tensor,
): readonly number[] | undefined {
  if (inputs.some(({ values }) => values === undefined)) return undefined;
  const make = ({ values = [] }: Held) => tf.tensor1d([...values]);
  return takeValues(tf.tidy(() => body(inputs.map(make) as [tf.Tensor1D, tf.Tensor1D])));
}

function takeValues(tensor: tf.Tensor): number[] {
  const values = [...tensor.dataSync()];
  tensor.dispose();
  return values;
}
