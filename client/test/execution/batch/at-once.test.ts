import { InvocationFailedError, type ReadValue } from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { REQUESTS_AT_ONCE } from '../../../src/execution/batch/at-once.ts';
import { MemoryStore } from '../../../src/execution/index.ts';
import {
  answerOf,
  clock,
  codesOf,
  contextOf,
  create,
  execute,
  idOf,
  numbersOf,
  op,
  type Sent,
} from './harness.ts';

type Method = 'create' | 'read';

/** A store whose requests take a while, as those of one elsewhere do. */
class SlowStore extends MemoryStore {
  /** Most requests of a kind that were under way at one time. */
  readonly most: Record<Method, number> = { create: 0, read: 0 };
  readonly ended: Record<Method, number> = { create: 0, read: 0 };
  /** What happens instead of a request, by the object's id. */
  readonly instead = new Map<string, () => Promise<never> | Promise<'taken'>>();
  readonly #underWay: Record<Method, number> = { create: 0, read: 0 };

  constructor() {
    super({ now: () => clock.ms });
  }

  override create(...args: Parameters<MemoryStore['create']>): ReturnType<MemoryStore['create']> {
    const [{ id }] = args;
    return this.#slowly('create', async () => {
      const instead = this.instead.get(id);
      return await (instead === undefined ? super.create(...args) : instead());
    });
  }

  /** At once, so that reads are counted alone. */
  override head(...args: Parameters<MemoryStore['head']>): ReturnType<MemoryStore['head']> {
    return super.read(...args);
  }

  override read(...args: Parameters<MemoryStore['read']>): ReturnType<MemoryStore['read']> {
    return this.#slowly('read', () => super.read(...args));
  }

  async #slowly<T>(method: Method, body: () => Promise<T>): Promise<T> {
    this.#underWay[method] += 1;
    this.most[method] = Math.max(this.most[method], this.#underWay[method]);
    try {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return await body();
    } finally {
      this.#underWay[method] -= 1;
      this.ended[method] += 1;
    }
  }
}

let store: SlowStore;
beforeEach(() => {
  store = new SlowStore();
});

async function send(sent: Sent): Promise<ReturnType<typeof codesOf>> {
  return codesOf(await statusesOf(sent));
}

async function statusesOf(sent: Sent) {
  const answer = await execute(contextOf(store, { caller: sent.as ?? 'alice' }), sent);
  if ('error' in answer) throw new Error(answer.error.message);
  return answer.statuses;
}

const names = Array.from({ length: 80 }, (_, index) => `n${index}`);
const creations = names.map((name, index) => create(name, [index]));
const readings = names.map((name) => op('$read', [name]));

describe('the writes of a batch', () => {
  it('are made several at a time, of one command or of many', async () => {
    expect(await send({ commands: creations })).toEqual(names.map(() => 'done'));
    expect(store.most.create).toBe(REQUESTS_AT_ONCE);
    store.most.create = 0;
    const rows = names.map((name) => `row-${name}`);
    const commands = [
      op('zeros', [], { shape: [rows.length, 1] }, ['all']),
      op('unstack', ['all'], {}, rows),
    ];
    expect(await send({ commands, keep: rows.map(idOf) })).toEqual(['done', 'done']);
    expect(store.most.create).toBe(REQUESTS_AT_ONCE);
    expect(store.size).toBe(names.length + rows.length);
  });

  it('hold large objects one after another', async () => {
    const large = ['a', 'b', 'c'];
    const commands = large.map((name) => op('zeros', [], { shape: [10_000_000] }, [name]));
    expect(await send({ commands, keep: large.map(idOf) })).toEqual(['done', 'done', 'done']);
    expect(store.most.create).toBe(1);
  });

  it('are none after a command whose id is taken', async () => {
    await send({ commands: [create('n3', [7])] });
    expect(await send({ commands: creations })).toEqual([
      ...['done', 'done', 'done', 'id-taken'],
      ...names.slice(4).map(() => 'not-run'),
    ]);
    expect(store.size).toBe(4);
    await send({ commands: [op('$delete', names.slice(0, 4))] });
    // So is one whose object is deleted, which no other command brings back.
    const others = names.map((name) => create(name, [-1]));
    expect((await send({ commands: [create('new', [1]), ...others] })).slice(0, 3)).toEqual([
      ...['done', 'id-taken', 'not-run'],
    ]);
    expect(store.size).toBe(1);
  });

  it('fail their command when somebody takes its id meanwhile, and no later command is told as done', async () => {
    store.instead.set(idOf('n3'), async () => 'taken');
    const commands = [...creations, op('$list', [])];
    const statuses = await statusesOf({ commands });
    expect(codesOf(statuses)).toEqual([
      ...['done', 'done', 'done', 'id-taken'],
      ...commands.slice(4).map(() => 'not-run'),
    ]);
    expect(statuses[3]).toMatchObject({ error: { detail: { command: { index: 3 } } } });
    expect(store.ended.create).toBeLessThanOrEqual(3 + REQUESTS_AT_ONCE);
  });

  it('are seen by what looks at the store after them', async () => {
    const commands = [
      ...creations,
      op('$list', []),
      op('neg', ['n1'], {}, ['y']),
      op('$describe', ['y'], { revision: 1, tags: ['#y'] }),
    ];
    const statuses = await statusesOf({ commands, keep: [idOf('y')] });
    expect(answerOf<{ objects: unknown[] }>(statuses[names.length]).objects).toHaveLength(
      names.length,
    );
    const found = await store.head({ owner: 'alice', id: idOf('y') });
    expect(found).toMatchObject({ header: { tags: ['#y'] } });
  });

  it('have ended when the batch fails because one could not be made', async () => {
    store.instead.set(idOf('n2'), async () => {
      throw new InvocationFailedError('Storage is away; try again', { code: 'storage' });
    });
    await expect(send({ commands: creations })).rejects.toThrow('Storage is away');
    const { create: count } = store.ended;
    const { size } = store;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([store.ended.create, store.size]).toEqual([count, size]);
    store.instead.clear();
    expect(await send({ commands: creations })).toEqual(names.map(() => 'done'));
    expect(store.size).toBe(names.length);
  });
});

describe('the reads of a batch', () => {
  beforeEach(async () => {
    await send({ commands: creations });
    store.most.read = 0;
  });

  it('are made several at a time and answered in order', async () => {
    const statuses = await statusesOf({ commands: readings });
    expect(statuses.flatMap(numbersOf)).toEqual(names.map((_, index) => index));
    expect(store.most.read).toBe(REQUESTS_AT_ONCE);
  });

  it('load large objects one after another', async () => {
    const large = ['a', 'b'];
    const zeros = large.map((name) => op('zeros', [], { shape: [9_000_000] }, [name]));
    for (const [index, command] of zeros.entries()) {
      await send({ commands: [command], keep: [idOf(large[index] as string)] });
    }
    store.most.read = 0;
    const statuses = await statusesOf({ commands: large.map((name) => op('$read', [name])) });
    expect(statuses.map((status) => answerOf<ReadValue>(status).shape)).toEqual(
      large.map(() => [9_000_000]),
    );
    expect(store.most.read).toBe(1);
  });

  it('are none after one that is refused', async () => {
    await send({ commands: [op('$delete', ['n2'])] });
    await send({ commands: [create('secret', [1], { private: true })] });
    expect(await send({ commands: readings })).toEqual([
      ...['done', 'done', 'object-not-found'],
      ...names.slice(3).map(() => 'not-run'),
    ]);
    const foreign = ['alice/n0', 'alice/secret', 'alice/n1'].map((name) => op('$read', [name]));
    expect(await send({ as: 'carol', commands: foreign })).toEqual([
      ...['done', 'get-not-permitted', 'not-run'],
    ]);
    const malformed = [op('$read', ['n0']), op('$read', ['n1', 'n3']), op('$read', ['n4'])];
    expect(await send({ commands: malformed })).toEqual(['done', 'command-invalid', 'not-run']);
  });
});
