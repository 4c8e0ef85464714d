import type { CommandStatus } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { FaultyStore } from './faults.ts';
import { codesOf, contentOf, contextOf, create, execute, idOf, op, type Sent } from './harness.ts';

const SQUARE = {
  schema: 1,
  inputs: 1,
  constants: [],
  commands: [['square', ['i0'], {}, ['t0']]],
  outputs: ['t0'],
};

/** What is there before each batch. */
const BEFORE: Sent = {
  commands: [create('x', [1, 2]), create('p', [3, 4], { private: true }), create('old', [5])],
};

/** Batches with every verb that writes, and deletions wherever they may stand. */
const BATCHES: Readonly<Record<string, Sent>> = {
  'a chain whose input goes at the end': {
    commands: [
      op('add', ['x', 'x'], {}, ['t']),
      op('mul', ['t', 'x'], {}, ['y']),
      op('$delete', ['x']),
    ],
    keep: [idOf('y')],
  },
  'a chain whose input goes in its middle': {
    commands: [
      op('add', ['x', 'x'], {}, ['t']),
      op('$delete', ['x', 'old']),
      op('mul', ['t', 't'], {}, ['y']),
      op('neg', ['y'], {}, ['z']),
    ],
    keep: [idOf('y'), idOf('z')],
  },
  'results that nobody needs': {
    commands: [
      op('add', ['x', 'x'], {}, ['t']),
      op('neg', ['t'], {}, ['u']),
      op('$delete', ['x']),
      create('w', [1]),
    ],
  },
  'what is made and deleted': {
    commands: [
      create('a', [1]),
      op('neg', ['a'], {}, ['b']),
      op('$delete', ['a', 'b']),
      op('neg', ['x'], {}, ['c']),
      op('$delete', ['x']),
    ],
    keep: [idOf('b'), idOf('c')],
  },
  'several results, some kept': {
    commands: [
      op('topk', ['x'], { k: 1 }, ['v', 'i']),
      op('cast', ['i'], { dtype: 'float32' }, ['f']),
      op('unstack', ['x'], {}, ['u0', 'u1']),
      op('$delete', ['x']),
    ],
    keep: [idOf('v'), idOf('f'), idOf('u1')],
  },
  'random numbers': {
    commands: [
      op('randomNormal', [], { shape: [3], seed: 5 }, ['r']),
      op('dropout', ['x'], { rate: 0.5, seed: 6 }, ['d']),
    ],
    keep: [idOf('r'), idOf('d')],
  },
  'labels and permissions': {
    commands: [
      op('$describe', ['x'], { revision: 1, tags: ['#x'] }),
      op('$grant', ['p'], { allow: ['carol'] }),
      op('addN', ['p'], {}, ['s']),
      op('$release', ['s']),
      op('$describe', ['old'], { revision: 2, description: 'old' }),
    ],
  },
  'plans and gradients': {
    commands: [
      op('$store-plan', [], { plan: SQUARE }),
      op('$run', ['x'], { plan: SQUARE }, ['y']),
      op('$grad', ['x'], { plan: SQUARE }, ['v', 'g']),
      op('$delete', ['x']),
      op('neg', ['g'], {}, ['n']),
    ],
    keep: [idOf('y'), idOf('n')],
  },
  'a pointer': {
    commands: [
      op('$pointer', [], { location: 'carol', id: idOf('q'), dtype: 'bool', shape: [] }, ['q']),
    ],
  },
  'a clearing with work around it': {
    commands: [
      op('neg', ['x'], {}, ['a']),
      op('$clear', [], { request: idOf('clear') }),
      create('w', [1]),
      op('neg', ['w'], {}, ['b']),
    ],
    keep: [idOf('a'), idOf('b')],
  },
  'a failure after some writes': {
    commands: [
      create('a', [1]),
      op('$delete', ['old']),
      op('matMul', ['a', 'x'], {}, ['bad']),
      create('b', [1]),
    ],
  },
};

async function prepared(): Promise<FaultyStore> {
  const store = new FaultyStore();
  await execute(contextOf(store), BEFORE);
  store.cutAt(undefined);
  return store;
}

async function statusesOf(store: FaultyStore, batch: Sent): Promise<readonly CommandStatus[]> {
  const answer = await execute(contextOf(store), batch);
  if ('error' in answer) throw new Error(answer.error.message);
  return answer.statuses;
}

describe.each(Object.entries(BATCHES))('%s', (_, batch) => {
  it('sent twice ends as sent once, with the same statuses', async () => {
    const store = await prepared();
    const first = codesOf(await statusesOf(store, batch));
    const content = await contentOf(store);
    expect(content.length).toBeGreaterThan(0);
    expect(codesOf(await statusesOf(store, batch))).toEqual(first);
    expect(await contentOf(store)).toEqual(content);
  });

  it.each([true, false])('cut at every write, written: %s, and sent again', async (isWritten) => {
    const reference = await prepared();
    const statuses = codesOf(await statusesOf(reference, batch));
    const { writeCount } = reference;
    const content = await contentOf(reference);
    expect(writeCount).toBeGreaterThan(0);
    for (let atWrite = 0; atWrite < writeCount; atWrite += 1) {
      const store = await prepared();
      store.cutAt({ atWrite, isWritten });
      await expect(statusesOf(store, batch)).rejects.toThrow('Storage is away');
      expect(codesOf(await statusesOf(store, batch))).toEqual(statuses);
      expect(await contentOf(store)).toEqual(content);
    }
  });

  it('sent four times at once ends as sent once', async () => {
    const reference = await prepared();
    await statusesOf(reference, batch);
    const store = await prepared();
    await Promise.all(Array.from({ length: 4 }, () => statusesOf(store, batch)));
    expect(await contentOf(store)).toEqual(await contentOf(reference));
  });

  it('arriving late deletes and revives nothing', async () => {
    const store = await prepared();
    await statusesOf(store, batch);
    const made = (await contentOf(store)) as { owner: string; id: string }[];
    await statusesOf(store, { commands: [['$delete', made.map(({ id }) => id), {}, []]] });
    await statusesOf(store, { commands: [create('newer', [1])] });
    const content = await contentOf(store);
    await statusesOf(store, batch);
    expect(await contentOf(store)).toEqual(content);
  });
});
