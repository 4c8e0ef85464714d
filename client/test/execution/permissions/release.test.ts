import { describe, expect, it } from 'vitest';
import { codesOf, create, idOf, numbersOf, op, refOf, setUp } from '../batch/harness.ts';

describe('$release', () => {
  const people = ['alice', 'carol', 'dave'];

  async function withPrivate(releaseFrom?: number) {
    const setup = setUp();
    const attributes = releaseFrom === undefined ? { private: true } : { releaseFrom };
    for (const as of people) {
      await setup.send({
        as,
        commands: [create('x', [1], attributes), create('z', [5], attributes)],
      });
    }
    return setup;
  }

  const sumOf = (names: readonly string[]) => [['addN', [names.map(refOf)], {}, [idOf('s')]]];
  const all = people.map((name) => `${name}/x`);
  const zeros = (owner: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${owner}/z${index}`);

  it('lifts one owner’s condition each from a sum over enough private objects', async () => {
    const { send } = await withPrivate(3);
    await send({ as: 'eve', commands: sumOf(all), keep: [idOf('s')] });
    const read = () => send({ as: 'eve', commands: [op('$read', ['s'])] });
    for (const as of people) {
      expect(codesOf(await read())).toEqual(['get-not-permitted']);
      const release = op('$release', ['eve/s']);
      expect(codesOf(await send({ as, commands: [release, release] }))).toEqual(['done', 'done']);
    }
    const [status] = await read();
    expect(numbersOf(status)).toEqual([3]);
  });

  it.each([
    ['fewer objects than the owner wants', 4, all],
    ['an owner who never does', undefined, all],
    ['the same object twice', 2, [...all, 'alice/x']],
  ])('does not for %s', async (_, releaseFrom, names) => {
    const { send } = await withPrivate(releaseFrom);
    await send({ as: 'eve', commands: sumOf(names), keep: [idOf('s')] });
    expect(codesOf(await send({ commands: [op('$release', ['eve/s'])] }))).toEqual([
      'release-not-permitted',
    ]);
  });

  it.each([
    ['nine of a stranger’s zeros', 10, ['alice/x', ...zeros('carol', 9)], 'release-not-permitted'],
    [
      'a stranger’s zeros, too few for two',
      3,
      ['alice/x', ...zeros('carol', 9)],
      'release-not-permitted',
    ],
    ['a stranger’s zeros, which are one', 2, ['alice/x', ...zeros('carol', 9)], 'done'],
    [
      'few of hers among many',
      4,
      [...zeros('alice', 2), ...zeros('carol', 9)],
      'release-not-permitted',
    ],
    [
      'some of hers and of two others',
      4,
      [...zeros('alice', 2), 'carol/z0', 'carol/z1', 'dave/z0', 'dave/z1'],
      'done',
    ],
    ['objects of hers alone', 9, zeros('alice', 9), 'done'],
  ])('counts others’ objects once for each of them: %s', async (_, releaseFrom, names, code) => {
    const { send } = await withPrivate(releaseFrom);
    // Conditions on them that name alice make them no more hers.
    const restrictions = [{ owner: 'alice', allow: ['carol', 'dave'], releaseFrom: 2 }];
    for (const as of people) {
      const attributes = as === 'alice' ? { releaseFrom } : { private: true, restrictions };
      const commands = zeros(as, 9).map((name) =>
        create(name.split('/')[1] ?? '', [0], attributes),
      );
      await send({ as, commands });
    }
    await send({ as: 'carol', commands: sumOf(names), keep: [idOf('s')] });
    const release = op('$release', ['carol/s']);
    expect(codesOf(await send({ commands: [release] }))).toEqual([code]);
  });

  it.each([
    ['a plain number among them', [[...all.map(refOf), { value: [1] }]]],
    ['a public object among them', [[...all.map(refOf), idOf('public')]]],
    ['a computed object among them', [[...all.slice(1).map(refOf), idOf('copy')]]],
  ])('does not with %s', async (_, args) => {
    const { send } = await withPrivate(2);
    const statuses = await send({
      as: 'eve',
      commands: [
        create('public', [0]),
        op('clone', ['alice/x'], {}, ['copy']),
        ['addN', args, {}, [idOf('s')]],
      ],
      keep: [idOf('s')],
    });
    expect(codesOf(statuses)).toEqual(['done', 'done', 'done']);
    expect(codesOf(await send({ commands: [op('$release', ['eve/s'])] }))).toEqual([
      'release-not-permitted',
    ]);
  });

  it.each([
    ['another operation', [op('add', ['alice/x', 'carol/x'], {}, ['s'])]],
    [
      'what is computed of a sum',
      [...sumOf(all).map(([o, a, b]) => [o, a, b, [idOf('t')]]), op('neg', ['t'], {}, ['s'])],
    ],
  ])('does not for %s', async (_, commands) => {
    const { send } = await withPrivate(2);
    await send({ as: 'eve', commands, keep: [idOf('s')] });
    expect(codesOf(await send({ commands: [op('$release', ['eve/s'])] }))).toEqual([
      'release-not-permitted',
    ]);
  });

  it('changes nothing for who has no condition on it', async () => {
    const { send } = await withPrivate(2);
    await send({ as: 'eve', commands: sumOf(all), keep: [idOf('s')] });
    await send({ as: 'eve', commands: [op('$release', ['s'])] });
    expect(codesOf(await send({ as: 'eve', commands: [op('$read', ['s'])] }))).toEqual([
      'get-not-permitted',
    ]);
  });
});
