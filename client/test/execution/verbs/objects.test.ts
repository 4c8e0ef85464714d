import {
  encodeBase64,
  errorFromJson,
  type ListValue,
  ObjectNotFoundError,
  type ObjectSummary,
  type ReadValue,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { answerOf, clock, codesOf, create, idOf, numbersOf, op, setUp } from '../batch/harness.ts';

function bytesOf(values: ArrayLike<number> & ArrayBufferView): string {
  return encodeBase64(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

describe('$create and $read', () => {
  it.each([
    ['float32', [4], new Float32Array([Number.NaN, Infinity, -0, 1e-45])],
    ['int32', [2, 1], new Int32Array([-(2 ** 31), 2 ** 31 - 1])],
    ['bool', [3], new Uint8Array([1, 0, 1])],
    ['complex64', [2], new Float32Array([1, -2, 3, Number.NaN])],
    ['float32', [], new Float32Array([7])],
    ['float32', [0, 5], new Float32Array()],
  ] as const)('keep the bits of %s %o', async (dtype, shape, values) => {
    const { send } = setUp();
    const data = bytesOf(values);
    const [, direct, copied] = await send({
      commands: [
        ['$create', [], { dtype, shape, data }, [idOf('x')]],
        op('$read', ['x']),
        op('clone', ['x'], {}, ['y']),
        op('$read', ['y']),
      ],
    }).then(([a, b, , d]) => [a, b, d]);
    expect(answerOf<ReadValue>(direct)).toEqual({
      dtype,
      shape,
      data,
      tags: [],
      description: '',
      restrictions: [],
    });
    expect(answerOf<ReadValue>(copied).data).toBe(data);
    const [again] = await send({ commands: [op('$read', ['x'])] });
    expect(answerOf<ReadValue>(again).data).toBe(data);
  });

  it.each([
    ['data-invalid', { data: 'AAAA' }],
    ['data-invalid', { data: 'no base64' }],
    ['data-invalid', { dtype: 'bool', shape: [4], data: 'AAECAA==' }],
    ['command-invalid', { shape: [-1] }],
    ['command-invalid', { shape: [2 ** 26] }],
    ['command-invalid', { shape: [1, 1, 1, 1, 1, 1, 1] }],
    ['command-invalid', { shape: [2 ** 20, 2 ** 20] }],
    ['command-invalid', { dtype: 'string' }],
    ['command-invalid', { data: undefined }],
    ['command-invalid', { upload: 'aa'.repeat(32) }],
    ['command-invalid', { tags: ['#a', '#a'] }],
    ['command-invalid', { allow: 'carol' }],
    ['command-invalid', { releaseFrom: 1 }],
    ['command-invalid', { unknown: 1 }],
    ['transfers-unavailable', { data: undefined, upload: 'aa'.repeat(32) }],
  ])('refuse with %s what is not as it should be: %o', async (code, change) => {
    const { store, send } = setUp();
    // As JSON carries it: members that are undefined are left out.
    const command = JSON.parse(JSON.stringify(create('x', [1], change)));
    expect(codesOf(await send({ commands: [command] }))).toEqual([code]);
    expect(store.size).toBe(0);
  });

  it('refuse an id that another command took, and take the same command again', async () => {
    const { send } = setUp();
    await send({ commands: [create('x', [1])] });
    expect(codesOf(await send({ commands: [create('x', [1])] }))).toEqual(['done']);
    expect(codesOf(await send({ commands: [create('x', [2])] }))).toEqual(['id-taken']);
    const [status] = await send({ commands: [op('$read', ['x'])] });
    expect(numbersOf(status)).toEqual([1]);
  });

  it('read what others own as well', async () => {
    const { send } = setUp();
    await send({ commands: [create('x', [1])] });
    const [status] = await send({ as: 'carol', commands: [op('$read', ['alice/x'])] });
    expect(numbersOf(status)).toEqual([1]);
    expect(codesOf(await send({ as: 'carol', commands: [op('$read', ['x'])] }))).toEqual([
      'object-not-found',
    ]);
  });
});

describe('$delete', () => {
  it('is done whether there is something or not, and brings nothing back', async () => {
    const { store, send } = setUp();
    await send({ commands: [create('x', [1])] });
    const statuses = await send({ commands: [op('$delete', ['x', 'none']), op('$delete', ['x'])] });
    expect(codesOf(statuses)).toEqual(['done', 'done']);
    expect(store.size).toBe(0);
    expect(codesOf(await send({ commands: [create('x', [1])] }))).toEqual(['done']);
    expect(codesOf(await send({ commands: [create('x', [2])] }))).toEqual(['id-taken']);
    expect(store.size).toBe(0);
  });

  it('hides an object from the later commands of its batch', async () => {
    const { send } = setUp();
    await send({ commands: [create('x', [1], { tags: ['#x'] })] });
    const [, list] = await send({ commands: [op('$delete', ['x']), op('$list', [])] });
    expect(answerOf<ListValue>(list).objects).toEqual([]);
    await send({ commands: [create('y', [1])] });
    for (const command of [
      op('$read', ['y']),
      op('$head', ['y']),
      op('add', ['y', 'y'], {}, ['z']),
    ]) {
      const [, status] = await send({
        commands: [create('w', [1]), op('$head', ['w'])],
      });
      expect(answerOf<ObjectSummary>(status).id).toBe(idOf('w'));
      const statuses = await send({
        commands: [op('$delete', ['y']), command],
        keep: command[0] === 'add' ? [idOf('z')] : [],
      });
      expect(codesOf(statuses)).toEqual(['done', 'object-not-found']);
    }
  });

  it('is for owners', async () => {
    const { store, send } = setUp();
    await send({ commands: [create('x', [1])] });
    expect(codesOf(await send({ as: 'carol', commands: [op('$delete', ['alice/x'])] }))).toEqual([
      'not-owner',
    ]);
    expect(store.size).toBe(1);
  });
});

describe('$head', () => {
  it('tells everything but values', async () => {
    const { send } = setUp();
    const labels = { tags: ['#x'], description: 'first', private: true };
    const [, status] = await send({
      commands: [create('x', [1, 2], labels), op('$head', ['x'])],
    });
    expect(answerOf<ObjectSummary>(status)).toEqual({
      owner: 'alice',
      id: idOf('x'),
      kind: 'tensor',
      dtype: 'float32',
      shape: [2],
      tags: ['#x'],
      description: 'first',
      own: true,
      private: true,
    });
  });

  it('fails with its class for what is not there', async () => {
    const { send } = setUp();
    const [status] = await send({ commands: [op('$head', ['none'])] });
    if (status?.status !== 'failed') throw new Error('Not failed');
    const error = errorFromJson(JSON.parse(JSON.stringify(status.error)));
    expect(error).toBeInstanceOf(ObjectNotFoundError);
    expect((error as ObjectNotFoundError).command).toEqual({ index: 0, op: '$head', results: [] });
  });
});

describe('$list', () => {
  it('finds by whole ids, whole tags and parts of descriptions, and all terms must fit', async () => {
    const { send } = setUp();
    await send({
      commands: [
        create('x', [1], { tags: ['#d', '#in'], description: 'boston housing' }),
        create('y', [1], { tags: ['#d'], description: 'targets' }),
      ],
    });
    const find = async (...query: string[]) => {
      const [status] = await send({ commands: [op('$list', [], { query })] });
      return answerOf<ListValue>(status).objects.map(({ id }) => id);
    };
    expect(await find()).toEqual([idOf('x'), idOf('y')]);
    expect(await find('#d')).toEqual([idOf('x'), idOf('y')]);
    expect(await find('#d', '#in')).toEqual([idOf('x')]);
    expect(await find('#none', '#d')).toEqual([]);
    expect(await find('d')).toEqual([]);
    expect(await find('house')).toEqual([]);
    expect(await find('housing', '#in')).toEqual([idOf('x')]);
    expect(await find(idOf('y'))).toEqual([idOf('y')]);
    expect(await find(idOf('y').slice(0, 10))).toEqual([]);
  });

  it('goes through all pages', async () => {
    const { send } = setUp();
    const names = Array.from({ length: 1_100 }, (_, index) => `n${String(index).padStart(4, '0')}`);
    await send({ commands: names.map((name) => create(name, [1])) });
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const [status] = await send({ commands: [op('$list', [], cursor ? { cursor } : {})] });
      const page = answerOf<ListValue>(status);
      ids.push(...page.objects.map(({ id }) => id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(ids).toEqual(names.map(idOf));
  });
});

describe('$clear', () => {
  it('deletes what the caller has, and nothing that is made after', async () => {
    const { store, send } = setUp();
    const clear = op('$clear', [], { request: idOf('clear') });
    await send({ as: 'carol', commands: [create('c', [1])] });
    await send({ commands: [create('x', [1]), create('y', [1])] });
    const statuses = await send({ commands: [create('w', [1]), clear, create('z', [1])] });
    expect(codesOf(statuses)).toEqual(['done', 'done', 'done']);
    expect(store.size).toBe(2);
    clock.ms += 1;
    await send({ commands: [create('later', [1])] });
    expect(codesOf(await send({ commands: [clear] }))).toEqual(['done']);
    expect(codesOf(await send({ commands: [op('$head', ['later']), op('$head', ['z'])] }))).toEqual(
      ['done', 'done'],
    );
    const [list] = await send({ commands: [op('$list', [])] });
    expect(answerOf<ListValue>(list).objects.map(({ kind }) => kind)).not.toContain('mark');
  });
});

describe('$describe', () => {
  it('changes labels, the newest last whatever the order of arrival', async () => {
    const { send } = setUp();
    await send({ commands: [create('x', [1], { tags: ['#a'], description: 'old' })] });
    const describeAs = (revision: number, change: object) =>
      send({ commands: [op('$describe', ['x'], { revision, ...change }), op('$head', ['x'])] });
    await describeAs(1, { tags: ['#b'] });
    await describeAs(3, { description: 'new' });
    const [, status] = await describeAs(2, { tags: ['#late'], description: 'late' });
    expect(answerOf<ObjectSummary>(status)).toMatchObject({ tags: ['#b'], description: 'new' });
  });

  it('changes what the batch has just made, kept or not', async () => {
    const { send } = setUp();
    const statuses = await send({
      commands: [
        create('x', [1]),
        op('add', ['x', 'x'], {}, ['t']),
        op('$describe', ['t'], { revision: 0, tags: ['#t'] }),
        op('$head', ['t']),
        op('add', ['x', 'x'], {}, ['y']),
        op('$describe', ['y'], { revision: 0, tags: ['#y'] }),
        op('$head', ['y']),
      ],
      keep: [idOf('y')],
    });
    expect(answerOf<ObjectSummary>(statuses[3]).tags).toEqual(['#t']);
    expect(answerOf<ObjectSummary>(statuses[6]).tags).toEqual(['#y']);
    const [stored] = await send({ commands: [op('$head', ['y'])] });
    expect(answerOf<ObjectSummary>(stored).tags).toEqual(['#y']);
  });

  it('is for owners, and for what is there', async () => {
    const { send } = setUp();
    await send({ commands: [create('x', [1])] });
    const command = op('$describe', ['alice/x'], { revision: 1, tags: [] });
    expect(codesOf(await send({ as: 'carol', commands: [command] }))).toEqual(['not-owner']);
    const none = op('$describe', ['none'], { revision: 1 });
    expect(codesOf(await send({ commands: [none] }))).toEqual(['object-not-found']);
  });
});

describe('$pointer', () => {
  it('stores where an object is, which no operation takes', async () => {
    const { send } = setUp();
    const target = { location: 'carol', id: idOf('far'), owner: 'alice' };
    const statuses = await send({
      commands: [
        op('$pointer', [], { ...target, dtype: 'int32', shape: [5] }, ['p']),
        op('$read', ['p']),
        op('$head', ['p']),
        op('add', ['p', 'p'], {}, ['q']),
      ],
    });
    expect(codesOf(statuses)).toEqual(['done', 'done', 'done', 'object-is-pointer']);
    expect(answerOf<ReadValue>(statuses[1])).toMatchObject({ pointer: target, shape: [5] });
    expect(answerOf<ObjectSummary>(statuses[2])).toMatchObject({
      kind: 'pointer',
      pointer: target,
    });
    const [stored] = await send({ commands: [op('$read', ['p'])] });
    expect(answerOf<ReadValue>(stored).pointer).toEqual(target);
  });
});
