import type { ReadValue } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import {
  answerOf,
  codesOf,
  contentOf,
  create,
  idOf,
  numbersOf,
  op,
  refOf,
  type Setup,
  setUp,
} from '../batch/harness.ts';

/** An object of dave's, computed from private ones of alice's and carol's. */
async function withJoint(attributes: object = { private: true }): Promise<Setup> {
  const setup = setUp();
  const { send } = setup;
  await send({ commands: [create('x', [1], attributes)] });
  await send({ as: 'carol', commands: [create('y', [2], attributes)] });
  const add = op('add', ['alice/x', 'carol/y'], {}, ['sum']);
  await send({ as: 'dave', commands: [add], keep: [idOf('sum')] });
  return setup;
}

const read = op('$read', ['dave/sum']);
const allow = (...users: readonly string[]) => op('$grant', ['dave/sum'], { allow: users });
const release = op('$release', ['dave/sum']);

async function refusalOf({ send }: Setup, as: string, command: unknown) {
  const [status] = await send({ as, commands: [command] });
  if (status?.status !== 'failed') throw new Error(`Not failed: ${JSON.stringify(status)}`);
  return status.error;
}

describe('what is computed from several owners’ private objects', () => {
  it('names the owners who have not agreed, one less with each who agrees', async () => {
    const setup = await withJoint();
    const first = await refusalOf(setup, 'dave', read);
    expect(first.code).toBe('get-not-permitted');
    expect(first.message).toMatch(
      /^Reading dave\/sum_+ is not permitted: alice and carol must agree first; ask each of them to/,
    );
    expect(first.detail?.['owners']).toEqual(['alice', 'carol']);
    expect((await refusalOf(setup, 'alice', read)).detail?.['owners']).toEqual(['carol']);

    expect(codesOf(await setup.send({ commands: [allow('dave')] }))).toEqual(['done']);
    const second = await refusalOf(setup, 'dave', read);
    expect(second.message).toMatch(
      /not permitted: carol must agree first; ask them to call allow\(\)/,
    );
    expect(second.detail?.['owners']).toEqual(['carol']);

    await setup.send({ as: 'carol', commands: [allow('dave')] });
    const [status] = await setup.send({ as: 'dave', commands: [read] });
    expect(numbersOf(status)).toEqual([3]);
  });

  it('is readable for those alone whom all have named', async () => {
    const { send } = await withJoint();
    await send({ commands: [allow('dave', 'erin')] });
    await send({ as: 'carol', commands: [allow('erin', 'alice')] });
    const codes = await Promise.all(
      ['alice', 'carol', 'dave', 'erin', 'frank'].map(async (as) =>
        codesOf(await send({ as, commands: [read] })),
      ),
    );
    const refused = ['get-not-permitted'];
    expect(codes).toEqual([['done'], refused, refused, ['done'], refused]);
    // The objects that it was computed from stay closed.
    for (const ref of ['alice/x', 'carol/y']) {
      const statuses = await send({ as: 'erin', commands: [op('$read', [ref])] });
      expect(codesOf(statuses)).toEqual(refused);
    }
  });

  it('passes consent on to what is computed from it later', async () => {
    const { send } = await withJoint();
    await send({ commands: [allow('dave')] });
    await send({ as: 'carol', commands: [allow('dave')] });
    const commands = [op('neg', ['sum'], {}, ['n']), op('$read', ['n'])];
    const statuses = await send({ as: 'dave', commands });
    expect(numbersOf(statuses[1])).toEqual([-3]);
  });

  it('is opened by plans and gradients alike', async () => {
    const plan = {
      schema: 1,
      inputs: 2,
      constants: [],
      commands: [['mul', ['i0', 'i1'], {}, ['t0']]],
      outputs: ['t0'],
    };
    const { send } = await withJoint();
    const commands = [
      op('$run', ['alice/x', 'carol/y'], { plan }, ['r']),
      op('$grad', ['alice/x', 'carol/y'], { plan }, ['v', 'g', 'h']),
    ];
    const names = ['r', 'v', 'g', 'h'];
    await send({ as: 'dave', commands, keep: names.map(idOf) });
    const grants = names.map((name) => op('$grant', [`dave/${name}`], { allow: ['dave'] }));
    for (const as of ['alice', 'carol']) {
      expect(codesOf(await send({ as, commands: grants }))).toEqual(grants.map(() => 'done'));
    }
    const reads = names.map((name) => op('$read', [name]));
    const statuses = await send({ as: 'dave', commands: reads });
    expect(statuses.map(numbersOf)).toEqual([[2], [2], [2], [1]]);
  });

  it('refuses consent of those who have nothing to agree to, and says who has', async () => {
    const setup = await withJoint();
    for (const [as, command] of [
      ['dave', allow('dave')],
      ['erin', allow('erin')],
      ['dave', release],
      ['erin', release],
    ] as const) {
      const { code, message } = await refusalOf(setup, as, command);
      expect(code).toBe('not-owner');
      expect(message).toMatch(
        /none of your private values are in it; alice and carol must agree, each by calling/,
      );
    }
    expect((await refusalOf(setup, 'dave', read)).detail?.['owners']).toEqual(['alice', 'carol']);
  });

  it('is no occasion to widen another owner’s condition', async () => {
    const { send } = await withJoint();
    await send({ commands: [allow('alice', 'carol', 'dave', 'erin')] });
    const [status] = await send({ commands: [read] });
    expect(codesOf(status ? [status] : [])).toEqual(['get-not-permitted']);
  });

  it('keeps each consent once, however often and late it is sent', async () => {
    const setup = await withJoint({ releaseFrom: 2 });
    const { send, store } = setup;
    const addN = ['addN', [[refOf('alice/x'), refOf('carol/y')]], {}, [idOf('sum2')]];
    await send({ as: 'dave', commands: [addN], keep: [idOf('sum2')] });
    const grant = [op('$grant', ['dave/sum2'], { allow: ['dave'] })];
    const lift = [op('$release', ['dave/sum2'])];
    const steps = [
      { commands: grant },
      { as: 'carol', commands: grant },
      { commands: lift },
      { as: 'carol', commands: lift },
    ];
    for (const step of steps) expect(codesOf(await send(step))).toEqual(['done']);
    const content = await contentOf(store);
    for (const step of [...steps, ...steps.toReversed()]) {
      expect(codesOf(await send(step))).toEqual(['done']);
    }
    expect(await contentOf(store)).toEqual(content);
    const [status] = await send({ as: 'erin', commands: [op('$read', ['dave/sum2'])] });
    expect(numbersOf(status)).toEqual([3]);
  });

  it('counts two consents that are given at the same time', async () => {
    const { send } = await withJoint();
    await Promise.all([
      send({ commands: [allow('dave')] }),
      send({ as: 'carol', commands: [allow('dave')] }),
    ]);
    expect(codesOf(await send({ as: 'dave', commands: [read] }))).toEqual(['done']);
  });

  it('takes its consents, and those that are missing, along to another worker', async () => {
    const there = await withJoint();
    await there.send({ commands: [allow('dave', 'erin')] });
    await there.send({ as: 'carol', commands: [allow('dave')] });
    const [status] = await there.send({ as: 'dave', commands: [read] });
    const { restrictions } = answerOf<ReadValue>(status);

    const here = setUp();
    const moved = create('sum', [3], { restrictions });
    expect(codesOf(await here.send({ as: 'dave', commands: [moved] }))).toEqual(['done']);
    expect((await refusalOf(here, 'erin', read)).detail?.['owners']).toEqual(['carol']);
    await here.send({ as: 'carol', commands: [allow('erin')] });
    expect(codesOf(await here.send({ as: 'erin', commands: [read] }))).toEqual(['done']);
  });

  it('is released by every owner before everybody may read it', async () => {
    const setup = await withJoint({ releaseFrom: 2 });
    const { send } = setup;
    // Not one addN of them: it can be allowed, and never released.
    const error = await refusalOf(setup, 'alice', release);
    expect(error.code).toBe('release-not-permitted');
    expect(error.message).toMatch(/allow\(\)$/);
    expect(codesOf(await send({ as: 'carol', commands: [release] }))).toEqual([
      'release-not-permitted',
    ]);
  });

  it('names five owners of many, and counts the others', async () => {
    const { send } = setUp();
    const people = Array.from({ length: 8 }, (_, index) => `p${index}`);
    for (const as of people) await send({ as, commands: [create('x', [1], { private: true })] });
    const addN = ['addN', [people.map((name) => refOf(`${name}/x`))], {}, [idOf('s')]];
    const [, status] = await send({ commands: [addN, op('$read', ['s'])] });
    if (status?.status !== 'failed') throw new Error('Not failed');
    expect(status.error.message).toMatch(/p0, p1, p2, p3, p4 and 3 more must agree/);
    expect(status.error.detail?.['owners']).toEqual(people);
  });
});
