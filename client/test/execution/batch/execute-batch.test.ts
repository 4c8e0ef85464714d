import * as tf from '@tensorflow/tfjs';
import {
  type Batch,
  type BatchAnswer,
  CommandError,
  decodeBase64,
  errorFromJson,
  InvocationFailedError,
  OBJECT_LEASE_SECONDS,
  type ReadValue,
  sha256Hex,
  type UploadValue,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { executeBatch, MemoryStore, type TransferStore } from '../../../src/execution/index.ts';
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
  setUp,
} from './harness.ts';

/** A transfer store in memory whose URLs are names. */
class MemoryTransfers implements TransferStore {
  readonly bytesOf: Map<string, Uint8Array> = new Map();

  async offerUpload(owner: string, { sha256 }: { sha256: string }): Promise<UploadValue> {
    return { upload: sha256, url: `https://host/${owner}/${sha256}`, headers: {} };
  }

  async readUpload(name: { owner: string; sha256: string }): Promise<Uint8Array | undefined> {
    return this.bytesOf.get(`https://host/${name.owner}/${name.sha256}`);
  }

  async offerDownload(name: { owner: string; sha256: string }, bytes: Uint8Array): Promise<string> {
    const url = `https://host/${name.owner}/${name.sha256}`;
    this.bytesOf.set(url, bytes);
    return url;
  }

  async fetch(url: string, byteCount: number): Promise<Uint8Array> {
    const bytes = this.bytesOf.get(url);
    if (bytes?.length === byteCount) return bytes;
    throw new CommandError('Nothing there', { code: 'fetch-failed' });
  }
}

function errorOf(answer: BatchAnswer): string {
  return 'error' in answer ? answer.error.code : 'none';
}

describe('a batch', () => {
  it('runs a chain of operations and stores what is kept alone', async () => {
    const { store, send } = setUp();
    const before = tf.memory();
    const statuses = await send({
      commands: [
        create('x', [1, 2, 3]),
        op('add', ['x', 'x'], {}, ['t']),
        op('mul', ['t', 'x'], {}, ['y']),
        op('$read', ['y']),
      ],
      keep: [idOf('y')],
    });
    expect(codesOf(statuses)).toEqual(['done', 'done', 'done', 'done']);
    expect(numbersOf(statuses[3])).toEqual([2, 8, 18]);
    expect(store.size).toBe(2);
    expect(tf.memory()).toEqual(before);
  });

  it('of a hundred operations writes once', async () => {
    let writes = 0;
    class CountingStore extends MemoryStore {
      override create(...args: Parameters<MemoryStore['create']>) {
        writes += 1;
        return super.create(...args);
      }
    }
    const store = new CountingStore({ now: () => clock.ms });
    await execute(contextOf(store), { commands: [create('t0', [1])] });
    writes = 0;
    const commands = Array.from({ length: 100 }, (_, index) =>
      op('add', [`t${index}`, `t${index}`], {}, [`t${index + 1}`]),
    );
    await execute(contextOf(store), { commands, keep: [idOf('t100')] });
    expect(writes).toBe(1);
    expect(store.size).toBe(2);
  });

  it('holds no tensor longer than a later command needs it', async () => {
    const { send } = setUp();
    const before = tf.memory().numTensors;
    const held: number[] = [];
    const watching = new Proxy(tf, {
      get: (target, name) => {
        if (name === 'neg') held.push(tf.memory().numTensors - before);
        return Reflect.get(target, name);
      },
    });
    const commands = Array.from({ length: 50 }, (_, index) =>
      op('neg', [`t${index}`], {}, [`t${index + 1}`]),
    );
    await send({ commands: [create('t0', [1]), ...commands] }, { tf: watching });
    expect(held.length).toBeGreaterThan(0);
    expect(Math.max(...held)).toBeLessThanOrEqual(8);
  });

  it('stops at the first failure: what was stored stays, the rest is not run', async () => {
    const { store, send } = setUp();
    const before = tf.memory();
    const statuses = await send({
      commands: [
        create('x', [1, 2]),
        op('neg', ['x'], {}, ['y']),
        op('matMul', ['x', 'x'], {}, ['bad']),
        op('abs', ['y'], {}, ['z']),
        op('$delete', ['x']),
      ],
      keep: [idOf('y'), idOf('bad'), idOf('z')],
    });
    expect(codesOf(statuses)).toEqual(['done', 'done', 'argument-invalid', 'not-run', 'not-run']);
    expect(store.size).toBe(2);
    expect(tf.memory()).toEqual(before);
    const [, , failed] = statuses;
    if (failed?.status !== 'failed') throw new Error('Not failed');
    const error = errorFromJson(JSON.parse(JSON.stringify(failed.error)));
    expect(error).toBeInstanceOf(CommandError);
    expect((error as CommandError).command).toEqual({
      index: 2,
      op: 'matMul',
      results: [idOf('bad')],
    });
  });

  it('takes lists, plain values, absent arguments and numbers that JSON lacks', async () => {
    const { send } = setUp();
    const statuses = await send({
      commands: [
        create('x', [1, -2]),
        ['concat', [[idOf('x'), { value: [5, 6] }]], { axis: 0 }, [idOf('c')]],
        op('$read', ['c']),
        op('clipByValue', ['x'], { clipValueMin: { $number: '-Infinity' }, clipValueMax: 0 }, [
          'k',
        ]),
        op('$read', ['k']),
        ['mul', [idOf('x'), { value: { $number: 'NaN' } }], {}, [idOf('n')]],
        op('$read', ['n']),
        ['div', [idOf('x'), { value: { $number: '-0' } }], {}, [idOf('z')]],
        op('$read', ['z']),
        [
          'batchNorm',
          [{ value: [[1]] }, { value: [1] }, { value: [1] }, null, null],
          {},
          [idOf('b')],
        ],
        op('topk', ['x'], { k: 1 }, ['values', 'indices']),
        op('$read', ['indices']),
      ],
    });
    expect(codesOf(statuses)).toEqual(statuses.map(() => 'done'));
    expect([2, 4, 6, 8, 11].map((index) => numbersOf(statuses[index]))).toEqual([
      [1, -2, 5, 6],
      [0, -2],
      [Number.NaN, Number.NaN],
      [-Infinity, Infinity],
      [0],
    ]);
  });

  it('leaves no tensor when a command is given the id of its own input', async () => {
    const { send } = setUp();
    await send({ commands: [create('x', [1, 2])] });
    const before = tf.memory();
    expect(codesOf(await send({ commands: [op('neg', ['x'], {}, ['x'])] }))).toEqual(['done']);
    expect(
      codesOf(await send({ commands: [op('neg', ['x'], {}, ['x'])], keep: [idOf('x')] })),
    ).toEqual(['id-taken']);
    expect(tf.memory()).toEqual(before);
  });

  it('leaves no tensor when an equation names more dimensions than there are', async () => {
    const { send } = setUp();
    const before = tf.memory();
    const einsum = ['einsum', [[idOf('x'), idOf('x')]], { equation: 'ij,jk->ik' }, [idOf('y')]];
    const statuses = await send({ commands: [create('x', [1, 2]), einsum] });
    expect(codesOf(statuses)).toEqual(['done', 'argument-invalid']);
    expect(tf.memory()).toEqual(before);
  });

  it('refuses other counts of ids than an operation has results', async () => {
    const { send } = setUp();
    const before = tf.memory();
    const x = create('x', [1, 2]);
    expect(codesOf(await send({ commands: [x, op('topk', ['x'], { k: 1 }, ['v'])] }))[1]).toBe(
      'results-mismatch',
    );
    expect(codesOf(await send({ commands: [x, op('neg', ['x'], {}, ['v', 'w'])] }))[1]).toBe(
      'results-mismatch',
    );
    expect(tf.memory()).toEqual(before);
  });

  it.each(['layers.add', 'constructor', '__proto__', 'toString', 'engine', '$constructor', 'then'])(
    'runs nothing named %s',
    async (name) => {
      const { send } = setUp();
      const statuses = await send({ commands: [create('x', [1]), op(name, ['x'], {}, ['y'])] });
      expect(codesOf(statuses)).toEqual(['done', 'operation-unknown']);
    },
  );

  const good: Batch = { schema: 1, worker: 'bob', commands: [], keep: [] };
  const deep = Array.from({ length: 100_000 }).reduce<unknown>((inner) => [inner], 1);

  it.each([
    ['json-invalid', null],
    ['json-invalid', []],
    ['json-invalid', 'batch'],
    ['batch-invalid', undefined],
    ['batch-invalid', { ...good, keep: () => 1 }],
    ['batch-invalid', { ...good, token: '\ud800' }],
    ['batch-invalid', JSON.parse('{"__proto__": {"schema": 1}}')],
    ['batch-invalid', { ...good, keep: [idOf('x')] }],
    ['batch-invalid', { ...good, commands: [create('x', [1]), create('x', [1])] }],
    ['batch-invalid', { ...good, commands: [JSON.parse('[1e999, [], {}, []]')] }],
    ['schema-newer', { ...good, schema: 2 }],
    ['json-invalid', { ...good, schema: 0 }],
    ['json-invalid', { ...good, more: 1 }],
    ['json-invalid', { ...good, commands: [['add', [], {}]] }],
    ['json-invalid', { ...good, commands: [['add', [], {}, ['short']]] }],
    ['json-invalid', { ...good, commands: [['add', [{ value: 1, more: 1 }], {}, []]] }],
    ['json-invalid', { ...good, commands: Array.from({ length: 2_001 }, () => op('neg', ['x'])) }],
    ['worker-mismatch', { ...good, worker: 'alice' }],
    ['batch-too-deep', { ...good, commands: deep }],
    ['batch-too-large', { ...good, commands: Array.from({ length: 2_500_001 }, () => 0) }],
  ])('is answered %s as a whole', async (code, batch) => {
    const { store } = setUp();
    expect(errorOf(await executeBatch(contextOf(store), batch))).toBe(code);
    expect(store.size).toBe(0);
  });

  it('begins no command after the deadline', async () => {
    const { store, send } = setUp();
    let ms = 0;
    const statuses = await send(
      { commands: [create('x', [1]), create('y', [1]), create('z', [1])] },
      { now: () => ++ms, deadline: () => 3 },
    );
    expect(codesOf(statuses)).toEqual(['done', 'time-limit', 'not-run']);
    expect(store.size).toBe(1);
  });

  it('ends a command of many kernels at the deadline', async () => {
    const { store, send } = setUp();
    let ms = 0;
    const commands = [
      create('x', [1, 2, 3, 4], { shape: [2, 2] }),
      op('linalg.qr', ['x'], {}, ['y', 'z']),
    ];
    const statuses = await send({ commands }, { now: () => ++ms, deadline: () => 9 });
    expect(codesOf(statuses)).toEqual(['done', 'time-limit']);
    expect(store.size).toBe(1);
  });

  it('holds no more elements at one time than it may', async () => {
    const { send } = setUp();
    const before = tf.memory();
    const names = ['a', 'b', 'c', 'd', 'e'];
    const statuses = await send({
      commands: [
        ...names.map((name) => op('zeros', [], { shape: [2 ** 25], dtype: 'bool' }, [name])),
        ['addN', [names.map(idOf)], {}, [idOf('s')]],
      ],
    });
    expect(codesOf(statuses)).toEqual([
      'done',
      'done',
      'done',
      'done',
      'memory-exceeded',
      'not-run',
    ]);
    expect(tf.memory()).toEqual(before);
  });

  it('fails as a whole when the store can’t be reached, and leaves no tensor', async () => {
    class BrokenStore extends MemoryStore {
      override async create(): Promise<never> {
        throw new InvocationFailedError('Storage is away; try again', { code: 'storage' });
      }
    }
    const before = tf.memory();
    const context = contextOf(new BrokenStore());
    const commands = [op('zeros', [], { shape: [2] }, ['x']), op('neg', ['x'], {}, ['y'])];
    await expect(execute(context, { commands, keep: [idOf('y')] })).rejects.toThrow(
      InvocationFailedError,
    );
    expect(tf.memory()).toEqual(before);
  });

  it('renews the lease of what it uses', async () => {
    const { store, send } = setUp();
    await send({ commands: [create('x', [1])] });
    clock.ms += OBJECT_LEASE_SECONDS * 750;
    await send({ commands: [op('neg', ['x'], {}, ['y'])] });
    clock.ms += OBJECT_LEASE_SECONDS * 750;
    expect(codesOf(await send({ commands: [op('$head', ['x'])] }))).toEqual(['done']);
    clock.ms += OBJECT_LEASE_SECONDS * 1_000;
    expect(codesOf(await send({ commands: [op('$head', ['x'])] }))).toEqual(['object-not-found']);
    expect(store.size).toBe(0);
  });
});

describe('large elements', () => {
  const values = Array.from({ length: 300_000 }, (_, index) => index);

  it('leave the answer where they would fill it', async () => {
    const transfers = new MemoryTransfers();
    const { send } = setUp();
    const names = ['a', 'b', 'c', 'd'];
    await send({ commands: names.map((name) => create(name, values)) });
    const statuses = await send(
      { commands: names.map((name) => op('$read', [name])) },
      { transfers },
    );
    const reads = statuses.map((status) => answerOf<ReadValue>(status));
    expect(reads.map(({ download }) => download !== undefined)).toEqual([false, false, true, true]);
    expect(JSON.stringify(statuses).length).toBeLessThan(5_000_000);
    for (const { data, download } of reads) {
      const bytes =
        download === undefined ? decodeBase64(data ?? '') : transfers.bytesOf.get(download.url);
      expect(Buffer.from(Float32Array.from(values).buffer).equals(bytes ?? Buffer.of())).toBe(true);
      if (download !== undefined && bytes) expect(download.sha256).toBe(await sha256Hex(bytes));
    }
  });

  it('are put first, then created of, and moved to another worker', async () => {
    const transfers = new MemoryTransfers();
    const { send } = setUp();
    const bytes = new Uint8Array(Float32Array.from(values).buffer);
    const sha256 = await sha256Hex(bytes);
    const form = { dtype: 'float32', shape: [values.length] };
    const more = { transfers };
    const [offered] = await send(
      { commands: [op('$upload', [], { bytes: bytes.length, sha256 })] },
      more,
    );
    const { upload, url } = answerOf<UploadValue>(offered);
    const createIt = op('$create', [], { ...form, upload, private: true }, ['x']);
    expect(codesOf(await send({ commands: [createIt] }, more))).toEqual(['upload-not-found']);
    transfers.bytesOf.set(url, bytes);
    expect(codesOf(await send({ commands: [createIt] }, more))).toEqual(['done']);
    expect(codesOf(await send({ as: 'carol', commands: [createIt] }, more))).toEqual([
      'upload-not-found',
    ]);
    const there = setUp();
    const restrictions = [{ owner: 'alice', allow: ['carol'] }];
    const fetchIt = (change: object) =>
      op('$fetch', [], { ...form, url, sha256, restrictions, ...change }, ['y']);
    const attempt = async (change: object) =>
      codesOf(await there.send({ as: 'carol', commands: [fetchIt(change)] }, more));
    expect(await attempt({ sha256: 'ab'.repeat(32) })).toEqual(['data-invalid']);
    expect(await attempt({ shape: [1] })).toEqual(['fetch-failed']);
    expect(await attempt({ url: 'file:///etc/passwd' })).toEqual(['command-invalid']);
    expect(await attempt({})).toEqual(['done']);
    const [status] = await there.send({ as: 'dave', commands: [op('$read', ['carol/y'])] });
    expect(codesOf(status ? [status] : [])).toEqual(['get-not-permitted']);
  });
});
