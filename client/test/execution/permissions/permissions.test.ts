import * as tf from '@tensorflow/tfjs';
import {
  errorFromJson,
  GetNotPermittedError,
  type ListValue,
  OPERATIONS,
  type ReadValue,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { assertTellsNothing } from '../../../src/execution/permissions/hidden-values.ts';
import { answerOf, codesOf, create, idOf, numbersOf, op, refOf, setUp } from '../batch/harness.ts';

const PEOPLE = ['alice', 'carol', 'dave'] as const;
type Person = (typeof PEOPLE)[number];

/** Values that no message and no listing may hold. */
const SECRET = 31337.25;

/** Who may read an object of alice's, by how it was sent. */
const SENT: readonly (readonly [string, object, readonly Person[]])[] = [
  ['public', {}, ['alice', 'carol', 'dave']],
  ['private', { private: true }, ['alice']],
  ['open to carol', { allow: ['carol'] }, ['alice', 'carol']],
  ['open to nobody', { allow: [] }, ['alice']],
  ['open to both', { private: true, allow: ['carol', 'dave'] }, ['alice', 'carol', 'dave']],
  ['to be released', { releaseFrom: 2 }, ['alice']],
];

/** What computes an object `r` of an object `x` of alice's and one of the computing person's own. */
const WAYS: readonly (readonly [string, readonly unknown[]])[] = [
  ['an operation', [op('add', ['alice/x', 'own'], {}, ['r'])]],
  ['a clone', [op('clone', ['alice/x'], {}, ['r'])]],
  ['a list', [['stack', [[refOf('alice/x'), refOf('own')]], {}, [idOf('r')]]]],
  ['zeros of its form', [op('zerosLike', ['alice/x'], {}, ['r'])]],
  [
    'two steps, the first not kept',
    [op('sum', ['alice/x'], {}, ['t']), op('mul', ['t', 'own'], {}, ['r'])],
  ],
  ['a plan', [op('$run', ['alice/x'], { plan: planOf('square') }, ['r'])]],
  ['a gradient', [op('$grad', ['alice/x'], { plan: planOf('square') }, ['v', 'r'])]],
];

function planOf(operation: string): object {
  return {
    schema: 1,
    inputs: 1,
    constants: [],
    commands: [[operation, ['i0'], {}, ['t0']]],
    outputs: ['t0'],
  };
}

describe('who may read', () => {
  it.each(SENT)('an object that was sent %s', async (_, attributes, readers) => {
    const { send } = setUp();
    await send({ commands: [create('x', [SECRET], attributes)] });
    for (const person of PEOPLE) {
      const [status] = await send({ as: person, commands: [op('$read', ['alice/x'])] });
      if (readers.includes(person)) expect(numbersOf(status)).toEqual([SECRET]);
      else expect(codesOf(status ? [status] : [])).toEqual(['get-not-permitted']);
    }
    const [status] = await send({ as: 'dave', commands: [op('$head', ['alice/x'])] });
    expect(codesOf(status ? [status] : [])).toEqual(['done']);
  });

  const matrix = SENT.flatMap(([sent, attributes, readers]) =>
    WAYS.map(([way, commands]) => ({ sent, attributes, readers, way, commands })),
  );

  it.each(matrix)('what $way makes of what was sent $sent', async (row) => {
    const { attributes, readers, commands } = row;
    const expected = (reader: Person) => (readers.includes(reader) ? 'done' : 'get-not-permitted');
    for (const person of PEOPLE) {
      const { send } = setUp();
      await send({ commands: [create('x', [SECRET], attributes)] });
      const batch = { as: person, commands: [create('own', [2]), ...commands] };
      const made = await send({ ...batch, keep: [idOf('r')] });
      expect(codesOf(made)).toEqual(made.map(() => 'done'));
      for (const reader of PEOPLE) {
        const ref = person === reader ? 'r' : `${person}/r`;
        const statuses = await send({ as: reader, commands: [op('$read', [ref])] });
        expect(codesOf(statuses)).toEqual([expected(reader)]);
      }
      // A batch that makes and reads it says the same.
      const read = { ...batch, commands: [...batch.commands, op('$read', ['r'])] };
      expect(codesOf(await send(read)).at(-1)).toBe(expected(person));
    }
  });

  it('of several owners’ objects only whom all of them let', async () => {
    const { send } = setUp();
    await send({ commands: [create('x', [1], { allow: ['dave'] })] });
    await send({ as: 'carol', commands: [create('y', [2], { allow: ['dave', 'alice'] })] });
    await send({
      as: 'dave',
      commands: [op('add', ['alice/x', 'carol/y'], {}, ['sum'])],
      keep: [idOf('sum')],
    });
    const codes = async (as: Person) =>
      codesOf(await send({ as, commands: [op('$read', ['dave/sum'])] }));
    expect(await codes('dave')).toEqual(['done']);
    expect(await codes('alice')).toEqual(['done']);
    expect(await codes('carol')).toEqual(['get-not-permitted']);
  });

  it('keeps its class over the wire, keeps the object, and tells no value', async () => {
    const { store, send } = setUp();
    await send({ commands: [create('x', [SECRET], { private: true, tags: ['#x'] })] });
    const statuses = [
      ...(await send({ as: 'carol', commands: [op('$read', ['alice/x'])] })),
      ...(await send({ as: 'carol', commands: [op('$head', ['alice/x'])] })),
      ...(await send({ as: 'carol', commands: [op('$list', [], { query: ['3'] })] })),
      ...(await send({ as: 'carol', commands: [op('$list', [])] })),
      ...(await send({
        as: 'carol',
        commands: [op('reshape', ['alice/x'], { shape: [7] }, ['t'])],
      })),
      ...(await send({ as: 'carol', commands: [op('gather', ['own', 'alice/x'], {}, ['t'])] })),
    ];
    expect(store.size).toBe(1);
    const text = JSON.stringify(statuses);
    expect(text).not.toContain('31337');
    expect(text).not.toContain(Buffer.from(Float32Array.of(SECRET).buffer).toString('base64'));
    const [first] = statuses;
    if (first?.status !== 'failed') throw new Error('Not failed');
    expect(errorFromJson(JSON.parse(JSON.stringify(first.error)))).toBeInstanceOf(
      GetNotPermittedError,
    );
    expect(answerOf<ListValue>(statuses[2]).objects).toEqual([]);
    expect(answerOf<ListValue>(statuses[3]).objects).toHaveLength(1);
  });

  it('are not who sent it, if it came with conditions that leave them out', async () => {
    const { store, send } = setUp();
    const others = [{ owner: 'someone-else', allow: [] }];
    const come = (restrictions: object[], more = {}) =>
      send({ commands: [create('x', [SECRET], { restrictions, ...more })] });
    expect(codesOf(await come(others))).toEqual(['get-not-permitted']);
    expect(codesOf(await come(others, { private: true }))).toEqual(['get-not-permitted']);
    expect(store.size).toBe(0);
    expect(codesOf(await come([{ owner: 'carol', allow: ['alice'] }]))).toEqual(['done']);
  });

  it('is bounded by the count of conditions', async () => {
    const { send } = setUp();
    const names = Array.from({ length: 257 }, (_, index) => `u${index}`);
    for (const as of names) await send({ as, commands: [create('x', [1], { private: true })] });
    const args = names.map((name) => refOf(`${name}/x`));
    const add = (count: number) =>
      send({ commands: [['addN', [args.slice(0, count)], {}, [idOf('s')]]] });
    expect(codesOf(await add(256))).toEqual(['done']);
    expect(codesOf(await add(257))).toEqual(['too-many-restrictions']);
  });
});

describe('$grant', () => {
  it('opens the caller’s own object, and not what was computed before', async () => {
    const { send } = setUp();
    await send({
      commands: [create('x', [1], { private: true }), op('neg', ['x'], {}, ['y'])],
      keep: [idOf('y')],
    });
    const grant = op('$grant', ['x'], { allow: ['carol'] });
    expect(codesOf(await send({ commands: [grant, grant] }))).toEqual(['done', 'done']);
    const read = async (ref: string) =>
      codesOf(await send({ as: 'carol', commands: [op('$read', [ref])] }));
    expect(await read('alice/x')).toEqual(['done']);
    expect(await read('alice/y')).toEqual(['get-not-permitted']);
    const [status] = await send({ commands: [op('$read', ['x'])] });
    expect(answerOf<ReadValue>(status).restrictions).toEqual([
      { owner: 'alice', allow: ['carol'] },
    ]);
  });

  it('opens neither others’ objects nor others’ conditions', async () => {
    const { send } = setUp();
    await send({ commands: [create('x', [1], { private: true })] });
    const foreign = op('$grant', ['alice/x'], { allow: ['carol'] });
    expect(codesOf(await send({ as: 'carol', commands: [foreign] }))).toEqual(['not-owner']);
    const statuses = await send({
      as: 'carol',
      commands: [
        op('neg', ['alice/x'], {}, ['y']),
        op('$grant', ['y'], { allow: ['carol', 'dave'] }),
        op('$read', ['y']),
      ],
      keep: [idOf('y')],
    });
    expect(codesOf(statuses)).toEqual(['done', 'done', 'get-not-permitted']);
  });

  it('refuses more users than an object may be open to, and a text instead of a list', async () => {
    const { send } = setUp();
    await send({ commands: [create('x', [1], { private: true })] });
    const users = (from: number) => Array.from({ length: 40 }, (_, index) => `u${from + index}`);
    const grant = (allow: unknown) => send({ commands: [op('$grant', ['x'], { allow })] });
    expect(codesOf(await grant(users(0)))).toEqual(['done']);
    expect(codesOf(await grant(users(40)))).toEqual(['too-many-restrictions']);
    expect(codesOf(await grant('carol'))).toEqual(['command-invalid']);
  });
});

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
    const restrictions = [{ owner: 'alice', allow: ['carol'], releaseFrom: 2 }];
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

describe('private values', () => {
  it.each([
    ['its shape', op('whereAsync', ['alice/b'], {}, ['r'])],
    ['its count', op('unique', ['alice/x'], {}, ['r', 's'])],
    ['an index out of range', op('gather', ['own', 'alice/i'], {}, ['r'])],
    ['a plan’s failing', op('$run', ['own', 'alice/i'], { plan: gatherPlan() }, ['r'])],
  ])('are not told by %s', async (_, command) => {
    for (const index of [0, 99]) {
      const { send } = setUp();
      const data = Buffer.from(Int32Array.of(index).buffer).toString('base64');
      await send({
        commands: [
          create('x', [1, 0], { private: true }),
          ['$create', [], { dtype: 'int32', shape: [1], data, private: true }, [idOf('i')]],
          ['$create', [], { dtype: 'bool', shape: [3], data: 'AQAB', private: true }, [idOf('b')]],
        ],
      });
      const statuses = await send({ as: 'carol', commands: [create('own', [1, 2]), command] });
      expect(codesOf(statuses)).toEqual(['done', 'values-hidden']);
      // Their owner computes as ever.
      const own = JSON.parse(JSON.stringify(command).replaceAll('alice/', ''));
      const mine = await send({ commands: [create('own', [1, 2]), own] });
      expect(codesOf(mine)[1]).toBe(
        index === 99 && JSON.stringify(command).includes('alice/i') ? 'values-invalid' : 'done',
      );
    }
  });

  it('leave operations alone whose other arguments decide', async () => {
    const { send } = setUp();
    await send({ commands: [create('x', [1, 2], { private: true })] });
    const gather = ['gather', [refOf('alice/x'), { value: [1] }], {}, [idOf('r')]];
    expect(codesOf(await send({ as: 'carol', commands: [gather] }))).toEqual(['done']);
  });

  it('are guarded in operations that the table has', () => {
    for (const operation of [
      'bincount',
      'gather',
      'gatherND',
      'image.cropAndResize',
      'scatterND',
      'sparse.sparseReshape',
      'sparseToDense',
      'tensorScatterUpdate',
      'unsortedSegmentSum',
    ]) {
      expect(OPERATIONS).toHaveProperty([operation]);
      const count = OPERATIONS[operation]?.parameters.filter(({ kind }) => kind !== 'value').length;
      const request = { op: operation, args: [], attributes: {} };
      const isHidden = Array.from({ length: count ?? 0 }, () => true);
      expect(() => assertTellsNothing(tf, { request, isHidden })).toThrow(/private values/);
    }
  });
});

function gatherPlan(): object {
  return {
    schema: 1,
    inputs: 2,
    constants: [],
    commands: [['gather', ['i0', 'i1'], {}, ['t0']]],
    outputs: ['t0'],
  };
}
