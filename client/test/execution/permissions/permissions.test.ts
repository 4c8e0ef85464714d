import * as tf from '@tensorflow/tfjs';
import {
  errorFromJson,
  GetNotPermittedError,
  type ListValue,
  type ObjectSummary,
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

  it('a pointer learns where it points, and nobody else does', async () => {
    const { send } = setUp();
    const target = { location: 'dan', id: idOf('far') };
    const attributes = { ...target, dtype: 'float32', shape: [1], allow: ['carol'] };
    await send({ commands: [op('$pointer', [], attributes, ['p'])] });
    const commands = [op('$head', ['alice/p']), op('$list', []), op('$read', ['alice/p'])];
    for (const as of ['alice', 'carol']) {
      const [head, list, read] = await send({ as, commands });
      expect(answerOf<ObjectSummary>(head).pointer).toEqual(target);
      expect(answerOf<ListValue>(list).objects[0]?.pointer).toEqual(target);
      expect(answerOf<ReadValue>(read).pointer).toEqual(target);
    }
    const statuses = await send({ as: 'dave', commands });
    expect(codesOf(statuses)).toEqual(['done', 'done', 'get-not-permitted']);
    expect(answerOf<ObjectSummary>(statuses[0])).toMatchObject({ kind: 'pointer', shape: [1] });
    expect(JSON.stringify(statuses)).not.toContain(target.id);
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
      ],
      keep: [idOf('y')],
    });
    expect(codesOf(statuses)).toEqual(['done', 'not-owner']);
    for (const as of ['carol', 'dave']) {
      const read = await send({ as, commands: [op('$read', ['carol/y'])] });
      expect(codesOf(read)).toEqual(['get-not-permitted']);
    }
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

describe('the party that is computed for', () => {
  it('is the caller, and apart for values that they may not read', async () => {
    const { send } = setUp();
    await send({
      commands: [create('p', [1], { private: true }), create('open', [1], { allow: ['carol'] })],
    });
    await send({ as: 'dave', commands: [create('d', [1], { private: true })] });
    const parties: string[] = [];
    const commands = [
      create('own', [1], { private: true }),
      op('square', ['own'], {}, ['a']),
      op('add', ['own', 'alice/open'], {}, ['b']),
      op('add', ['own', 'alice/p'], {}, ['c']),
      op('square', ['c'], {}, ['e']),
      op('$run', ['alice/p'], { plan: planOf('square') }, ['f']),
      op('square', ['dave/d'], {}, ['g']),
      op('add', ['dave/d', 'alice/p'], {}, ['h']),
      op('add', ['alice/p', 'dave/d'], {}, ['i']),
      op('square', ['a'], {}, ['j']),
    ];
    await send({ as: 'carol', commands }, { prepare: async (party) => void parties.push(party) });
    const places = parties.map((party) => parties.indexOf(party));
    expect(places).toEqual([0, 0, 2, 2, 2, 5, 6, 6, 0]);
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
