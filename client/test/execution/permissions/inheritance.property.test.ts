import { describe, expect, it } from 'vitest';
import { codesOf, create, idOf, refOf, type Setup, setUp } from '../batch/harness.ts';
import { type Draw, drawFrom } from '../batch/random-program.ts';

const SEED = Number(process.env['SEED'] ?? 1);
const PEOPLE = ['alice', 'carol', 'dave', 'erin'];
const STEPS = 14;

/** A plan of two inputs, of which the output needs one. */
const PLAN = {
  ...{ schema: 1, inputs: 2, constants: [] },
  ...{ commands: [['neg', ['i0'], {}, ['t0']]], outputs: ['t0'] },
};

/** What computes `r` from two tensors of one element. */
const WAYS: readonly ((a: string, b: string, r: string) => unknown)[] = [
  (a, b, r) => ['add', [a, b], {}, [r]],
  (a, b, r) => ['addN', [[a, b]], {}, [r]],
  (a, b, r) => ['where', [{ value: [true] }, a, b], {}, [r]],
  (a, b, r) => ['$run', [a, b], { plan: PLAN }, [r]],
  (a, b, r) => [
    '$grad',
    [a, b],
    { plan: { ...PLAN, commands: [['sum', ['i0'], {}, ['t0']]] }, wrt: [0] },
    [`${r.slice(0, -1)}v`, r],
  ],
];

/** Who may read each object, by its reference. */
type Readers = Map<string, readonly string[]>;

async function sendOne({ send }: Setup, as: string, draw: Draw): Promise<readonly string[]> {
  const isOpen = draw() < 0.3;
  const allow = PEOPLE.filter(() => draw() < 0.6);
  await send({ as, commands: [create('x', [1], isOpen ? {} : { allow })] });
  return isOpen ? PEOPLE : [as, ...allow];
}

/** Somebody computes with two objects, in two steps of which the first leaves nothing. */
async function compute({ send }: Setup, readers: Readers, draw: Draw): Promise<void> {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(draw() * from.length)] as T;
  const [as, a, b] = [pick(PEOPLE), pick([...readers.keys()]), pick([...readers.keys()])];
  const [first, kept] = [idOf(`f${readers.size}`), idOf(`k${readers.size}`)];
  const commands = [pick(WAYS)(a, b, first), pick(WAYS)(first, a, kept)];
  expect(codesOf(await send({ as, commands, keep: [kept] }))).toEqual(['done', 'done']);
  const allowed = PEOPLE.filter(
    (one) => readers.get(a)?.includes(one) && readers.get(b)?.includes(one),
  );
  readers.set(`${as}/${kept}`, allowed);
}

describe('what is computed', () => {
  const programs = Array.from({ length: 25 }, (_, index) => index);

  it.each(programs)('is read by those alone who may read all of it: program %i', async (index) => {
    const draw = drawFrom(SEED * 1_000 + index);
    const setup = setUp();
    const readers: Readers = new Map();
    for (const as of PEOPLE) readers.set(refOf(`${as}/x`), await sendOne(setup, as, draw));
    for (let step = 0; step < STEPS; step += 1) await compute(setup, readers, draw);
    const found: Readers = new Map();
    for (const ref of readers.keys()) {
      const attempts = PEOPLE.map(async (as) => {
        const statuses = await setup.send({ as, commands: [['$read', [ref], {}, []]] });
        return codesOf(statuses)[0] === 'done' ? [as] : [];
      });
      found.set(ref, (await Promise.all(attempts)).flat());
    }
    const sorted = [...readers].map(([ref, allowed]) => [
      ref,
      PEOPLE.filter((one) => allowed.includes(one)),
    ]);
    expect([...found]).toEqual(sorted);
  });
});
