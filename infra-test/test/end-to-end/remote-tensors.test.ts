import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import * as tf from '@tensorflow/tfjs';
import { type RemoteWorker, RequestRefusedError } from '@tributary/client';
import type { BatchAnswer, WireCommand } from '@tributary/client/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { drawFrom, drawProgram } from '../../../client/test/execution/batch/random-program.ts';
import { holdPointers } from '../../../client/test/pointers/hold-pointers.ts';
import type { FaultPlan } from '../../src/local-cloud/index.ts';
import { skipFor } from './support/deployed-world.ts';
import { type LambdaWorld, openLambdaWorld } from './support/lambda-world.ts';
import { startSlowProxy } from './support/slow-proxy.ts';
import { heldBy } from './support/worker-store.ts';

let world: LambdaWorld;
let lambda: LambdaClient;
let s3: S3Client;

holdPointers();

beforeAll(async () => {
  await tf.setBackend('cpu');
  world = await openLambdaWorld('-2');
  lambda = new LambdaClient({ ...world.client, maxAttempts: 1 });
  s3 = new S3Client({ ...world.client, forcePathStyle: true });
});

afterEach(() => {
  vi.restoreAllMocks();
  world.cloud.setFaults(undefined);
});

afterAll(async () => {
  lambda?.destroy();
  s3?.destroy();
  await world?.close();
});

async function keysUnder({ id }: RemoteWorker, folder = ''): Promise<string[]> {
  const Prefix = `workers/${id}/${folder}`;
  const list = new ListObjectsV2Command({ Bucket: world.bucket, Prefix });
  return ((await s3.send(list)).Contents ?? []).map(({ Key = '' }) => Key);
}

async function valuesOf(tensor: Promise<tf.Tensor>): Promise<number[]> {
  return [...(await tensor).dataSync()];
}

/** Invokes a worker's function with a batch; `undefined` if the function or the connection failed. */
async function invoke(
  worker: 'alice' | 'bob',
  batch: { readonly commands: readonly unknown[]; readonly keep?: readonly string[] },
): Promise<BatchAnswer | undefined> {
  const payload = JSON.stringify({ schema: 1, worker: world[worker].id, keep: [], ...batch });
  const command = new InvokeCommand({ FunctionName: world.functions[worker], Payload: payload });
  const output = await lambda.send(command).catch(() => undefined);
  if (output === undefined || output.FunctionError !== undefined) return undefined;
  return JSON.parse(output.Payload?.transformToString() ?? '') as BatchAnswer;
}

/** Sends a batch as callers do, until it is answered. */
async function invokeUntilAnswered(
  worker: 'alice' | 'bob',
  batch: Parameters<typeof invoke>[1],
): Promise<BatchAnswer> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answer = await invoke(worker, batch);
    if (answer !== undefined && !('error' in answer && answer.error.casualty === 'invocation')) {
      return answer;
    }
  }
  throw new Error('A hundred attempts had no answer');
}

describe('Twenty instances at once', () => {
  it('compute on the same objects, each with the right result', async () => {
    const shared = tf.range(0, 1_000).tag('#shared').send(world.alice);
    await shared.ready();
    const programs = Array.from({ length: 20 }, () => world.programOf('me'));
    const results = await Promise.all(
      programs.map(async ({ alice }, index) => {
        const [found] = await alice.search('#shared');
        if (found === undefined) throw new Error('Nothing is shared');
        const values = await valuesOf(found.mul(index).get());
        await alice.flush();
        return values;
      }),
    );
    const [, first, last] = [results[0], results[1], results[19]];
    expect(first?.slice(0, 3)).toEqual([0, 1, 2]);
    expect(last?.at(-1)).toBe(999 * 19);
    expect(results.every((values, index) => values[10] === 10 * index)).toBe(true);
    expect((await world.alice.objects()).size).toBe(1);
    expect(await valuesOf(shared.get())).toHaveLength(1_000);
    await world.alice.flush();
  });

  it('that get one batch all answer the same, and leave its objects once', async () => {
    const [made, sum, seeded] = ['m', 's', 'r'].map((letter) => letter.repeat(22)) as string[];
    const commands = [
      ['$create', [], { dtype: 'float32', shape: [2], data: 'AACAPwAAAEA=' }, [made]],
      ['add', [made, made], {}, [sum]],
      ['randomNormal', [], { shape: [4], seed: 7 }, [seeded]],
      ['$read', [sum], {}, []],
      ['$read', [seeded], {}, []],
    ] as unknown as WireCommand[];
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        invokeUntilAnswered('alice', { commands, keep: [sum, seeded] as string[] }),
      ),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ statuses: commands.map(() => ({ status: 'done' })) });
    const held = await heldBy(world, world.alice.id);
    expect(held.map(({ owner, id }) => `${owner}/${id}`)).toEqual(
      [made, seeded, sum].map((id) => `operator/${id}`),
    );
    expect(
      (
        await Promise.all(
          Array.from({ length: 20 }, () =>
            invokeUntilAnswered('alice', {
              commands: [['$delete', [made, sum, seeded], {}, []]],
            }),
          ),
        )
      ).every((answer) => 'statuses' in answer && answer.statuses[0]?.status === 'done'),
    ).toBe(true);
    expect(await heldBy(world, world.alice.id)).toEqual([]);
  });
});

describe('A caller', () => {
  it('owns objects by the pseudonym of a verified token, whatever the batch says', async () => {
    const mallory = world.programOf('mallory');
    const mine = await tf.tensor1d([1]).send(world.bob).ready();
    const theirs = await tf.tensor1d([2]).send(mallory.bob).ready();
    await invokeUntilAnswered('bob', {
      commands: [['$create', [], { dtype: 'bool', shape: [1], data: 'AQ==' }, ['o'.repeat(22)]]],
    });
    const owners = (await keysUnder(world.bob, 'objects/')).map((key) => key.split('/')[3] ?? '');
    expect(new Set(owners).size).toBe(3);
    expect(owners).toContain('operator');
    expect(owners.filter((owner) => /^[A-Za-z0-9_-]{43}$/.test(owner))).toHaveLength(2);
    await mallory.bob.clearObjects();
    expect((await world.bob.objects()).size).toBe(2);
    expect(await theirs.exists()).toBe(false);
    expect(await valuesOf(mine.get())).toEqual([1]);
  });

  it('is refused with a token of somebody else’s', async () => {
    const stranger = world.programOf('me', {
      token: () => world.tokenFor({ subject: 'me', audience: 'others' }),
    });
    const asked = stranger.bob.objects();
    await expect(asked).rejects.toThrow(RequestRefusedError);
    await expect(asked).rejects.toMatchObject({ code: 'token-audience' });
  });

  it('P20: who gives up before the function does gets one result of one draw', async () => {
    const proxy = await startSlowProxy(
      world.client.endpoint ?? skipFor('needs an endpoint to stand before'),
    );
    const { hook, carol } = world.programOf('me', { endpoint: proxy.endpoint, timeoutMs: 1_000 });
    try {
      // Instances start before, so that the function alone decides how long an answer takes.
      await expect.poll(async () => await carol.objects(), { timeout: 20_000 }).toEqual(new Map());
      const before = proxy.requestCount();
      proxy.delay(3_000, 3_000);
      const pointer = tf.ones([1_000]).send(carol);
      const dropped = await valuesOf(hook.tf.dropout(pointer, 0.5).get());
      expect(proxy.requestCount() - before).toBeGreaterThanOrEqual(3);
      expect(new Set(dropped)).toEqual(new Set([0, 2]));
      expect(await valuesOf(pointer.get())).toEqual(Array.from({ length: 1_000 }, () => 1));
      expect((await carol.objects()).size).toBe(0);
    } finally {
      await proxy.close();
    }
  });
});

describe('Elements of any size', () => {
  it('P21: of 40 MB are in no batch and no answer', async () => {
    const before = invocationBytes();
    const pointer = tf.zeros([10_000_000]).send(world.bob);
    expect((await pointer.get()).size).toBe(10_000_000);
    expect(invocationBytes() - before).toBeLessThan(20_000);
  });

  it('P21: of 40 MB go by S3 both ways', async () => {
    await world.forget(world.bob.id);
    const local = tf.randomUniform([10_000_000], -1, 1, 'float32', 3);
    const back = await local.send(world.bob).get();
    expect(Buffer.compare(bytesOf(back), bytesOf(local))).toBe(0);
    const transfers = await keysUnder(world.bob, 'transfers/');
    // Named by the same SHA-256, so that what came up went down again from the same place.
    expect(transfers).toHaveLength(1);
    expect(await keysUnder(world.bob)).toSatisfy((keys: string[]) =>
      keys.every((key) => /^workers\/[^/]+\/(objects|transfers)\//.test(key)),
    );
    tf.dispose([local, back]);
  });

  it('too large for a batch move from worker to worker, and never through the program', async () => {
    const { alice, bob } = world;
    const local = tf.linspace(0, 1, 2 ** 20);
    const sent = await local.send(bob).ready();
    const download = vi.spyOn(bob.queue.transport, 'download');
    const upload = vi.spyOn(alice.queue.transport, 'upload');
    const moved = await sent.move(alice);
    expect(download).not.toHaveBeenCalled();
    expect(upload).not.toHaveBeenCalled();
    expect(await sent.exists()).toBe(false);
    expect(await valuesOf(moved.get())).toEqual([...local.dataSync()]);
  });

  it('too large for a batch arrive though their URL ended before it was used', async () => {
    const { alice, bob } = world;
    const local = tf.linspace(0, 1, 2 ** 20);
    const ended = new RequestRefusedError('The URL has expired', { code: 'url-expired' });
    const download = vi.spyOn(bob.queue.transport, 'download').mockRejectedValueOnce(ended);
    const pointer = local.send(bob);
    expect(await valuesOf(pointer.get({ keep: true }))).toEqual([...local.dataSync()]);
    expect(download).toHaveBeenCalledTimes(2);
    const { transport } = alice.queue;
    const exchange = transport.exchange.bind(transport);
    const withoutSignature = ([op, args, attributes, results]: WireCommand): WireCommand => {
      const url = String(attributes['url']).replace(/&X-Amz-Signature=[0-9a-f]+/, '');
      return [op, args, op === '$fetch' ? { ...attributes, url } : attributes, results];
    };
    vi.spyOn(transport, 'exchange').mockImplementationOnce(({ commands, keep }) =>
      exchange({ commands: commands.map(withoutSignature), keep }),
    );
    const moved = await pointer.move(alice);
    expect(await valuesOf(moved.get())).toEqual([...local.dataSync()]);
    expect(await bob.objects()).toEqual(new Map());
  });

  it('P21: of one megabyte each fit one answer as far as they do, the rest goes by S3', async () => {
    const pointers = Array.from({ length: 20 }, (_, index) =>
      tf.fill([250_000], index).send(world.bob),
    );
    await Promise.all(pointers.map((pointer) => pointer.ready()));
    const exchange = vi.spyOn(world.bob.queue.transport, 'exchange');
    const got = await Promise.all(pointers.map((pointer) => pointer.get({ keep: true })));
    expect(exchange).toHaveBeenCalledTimes(1);
    expect(got.map((tensor) => tensor.dataSync()[249_999])).toEqual(got.map((_, index) => index));
    expect((await keysUnder(world.bob, 'transfers/')).length).toBeGreaterThan(10);
    await world.bob.clearObjects();
  });
});

function bytesOf(tensor: tf.Tensor): Buffer {
  const { buffer, byteOffset, byteLength } = tensor.dataSync();
  return Buffer.from(buffer, byteOffset, byteLength);
}

function invocationBytes(): number {
  const operations = Object.values(world.cloud.counters().operations['lambda'] ?? {});
  return operations.reduce((sum, { bytesIn, bytesOut }) => sum + bytesIn + bytesOut, 0);
}

describe('Heavy operations', () => {
  it('give what cpu gives, on the instance’s WebAssembly', async () => {
    const local = tf.randomUniform([256, 256], -1, 1, 'float32', 9);
    const pointer = local.send(world.bob);
    const expected = tf.matMul(local, local).dataSync();
    const actual = await valuesOf(pointer.matMul(pointer).get());
    expect(
      Math.max(...actual.map((value, at) => Math.abs(value - (expected[at] ?? 0)))),
    ).toBeLessThan(1e-4);
    await pointer.get();
  });
});

/** Kills, throttling, conflicts and lost answers, each at about a request in ten. */
function faultsOf(seed: number): FaultPlan {
  const functionName = world.functions.bob;
  const keyPattern = /^workers\//;
  return {
    seed,
    requests: [
      { service: 'lambda', method: 'POST', fault: 'lost-response', rate: 0.2 },
      { service: 's3', keyPattern, fault: 'slow-down-503', rate: 0.06 },
      { service: 's3', keyPattern, method: 'PUT', fault: 'lost-response', rate: 0.1 },
      { service: 's3', keyPattern, fault: 'conflict-409', rate: 0.1 },
    ],
    kills: [
      { functionName, keyPattern, method: 'PUT', when: 'before', rate: 0.08 },
      { functionName, keyPattern, method: 'PUT', when: 'after', rate: 0.08 },
      { functionName, keyPattern, method: 'GET', when: 'before', rate: 0.03 },
    ],
  };
}

describe('Random programs', () => {
  const seeds = Array.from({ length: 12 }, (_, index) => index + 1);

  it('end in the same store with kills, throttling and lost answers as without', async () => {
    let killCount = 0;
    let objectCount = 0;
    for (const seed of seeds) {
      // Programs have the same ids, so each begins with workers that never saw them.
      await Promise.all([world.forget(world.alice.id), world.forget(world.bob.id)]);
      const program = drawProgram(drawFrom(seed));
      for (const batch of program) await invokeUntilAnswered('alice', batch);
      world.cloud.setFaults(faultsOf(seed));
      for (const batch of program) await invokeUntilAnswered('bob', batch);
      killCount += world.cloud.faults().kills.length;
      world.cloud.setFaults(undefined);
      const calm = await heldBy(world, world.alice.id);
      objectCount += calm.length;
      expect(await heldBy(world, world.bob.id), `seed ${seed}`).toEqual(calm);
    }
    expect(objectCount).toBeGreaterThan(seeds.length);
    expect(killCount).toBeGreaterThan(3);
  }, 300_000);
});
