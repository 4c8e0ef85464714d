import * as tf from '@tensorflow/tfjs';
import { MemoryStore, type TransferStore, type WorkerStore } from '@tributary/client/execution';
import {
  type BatchAnswer,
  DeploymentError,
  encodeBase64,
  InvocationFailedError,
  RequestRefusedError,
  type WireCommand,
} from '@tributary/client/protocol';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LogEvent } from '../../src/log.ts';
import type { Accelerator } from '../../src/worker/accelerator.ts';
import { OPERATOR_ALONE } from '../../src/worker/identify.ts';
import { createWorker, Worker, type WorkerParts } from '../../src/worker/worker.ts';

const ID = 'i'.repeat(22);
const SUM = 's'.repeat(22);
const bytes = new Uint8Array(Float32Array.of(1, 2).buffer);
const CREATE: WireCommand = [
  '$create',
  [],
  { dtype: 'float32', shape: [2], data: encodeBase64(bytes) },
  [ID],
];

let log: LogEvent[];
let prepared: string[];
let computedFor: string[];
let store: WorkerStore;
let now: number;

beforeAll(() => tf.setBackend('cpu'));

beforeEach(() => {
  log = [];
  prepared = [];
  computedFor = [];
  now = 1_000_000;
  store = new MemoryStore({ now: () => now });
});

const accelerator: Accelerator = {
  prepare: async (caller) => {
    prepared.push(caller);
  },
  accelerate: (caller) => {
    computedFor.push(caller);
    return undefined;
  },
};

function workerWith(parts: Partial<WorkerParts> = {}): Worker {
  return new Worker({
    ...{ worker: 'alice', identities: OPERATOR_ALONE, store, tf, accelerator },
    transfers: {} as TransferStore,
    now: () => now,
    log: (event) => log.push(event),
    ...parts,
  });
}

function batchOf(commands: readonly WireCommand[], more: object = {}): object {
  return { schema: 1, worker: 'alice', commands, keep: [], ...more };
}

function failing(error: unknown): WorkerStore {
  return new Proxy(store, {
    get: () => async () => {
      throw error;
    },
  });
}

function errorOf(answer: BatchAnswer): { casualty: string; code: string } | undefined {
  return 'error' in answer ? answer.error : undefined;
}

describe('A worker', () => {
  it('executes a batch for its caller', async () => {
    const answer = await workerWith().answer(batchOf([CREATE, ['$read', [ID], {}, []]]), 60_000);
    expect(answer).toMatchObject({
      statuses: [{ status: 'done' }, { status: 'done', value: { data: encodeBase64(bytes) } }],
    });
    expect(await store.head({ owner: 'operator', id: ID })).toMatchObject({ kind: 'found' });
    expect(prepared).toEqual([]);
    expect(log).toEqual([]);
  });

  it('computes heavy operations for who asked for them', async () => {
    const square = 256;
    const data = encodeBase64(new Uint8Array(square * square * 4));
    const commands: WireCommand[] = [
      ['$create', [], { dtype: 'float32', shape: [square, square], data }, [ID]],
      ['matMul', [ID, ID], {}, [SUM]],
    ];
    await workerWith().answer(batchOf(commands, { keep: [SUM] }), 60_000);
    expect(prepared).toEqual(['["operator"]']);
    expect(computedFor).toEqual(prepared);
  });

  it('begins no command when its time is nearly over', async () => {
    const answer = await workerWith().answer(batchOf([CREATE]), 1_999);
    expect(answer).toMatchObject({
      statuses: [{ status: 'failed', error: { code: 'time-limit' } }],
    });
  });

  it.each([undefined, null, 1, 'x', [], {}, { schema: 1 }, { worker: 'bob' }])(
    'answers the event %j with a code',
    async (event) => {
      expect(errorOf(await workerWith().answer(event, 60_000))?.code).toMatch(/^[a-z]+(-[a-z]+)+$/);
      expect(log).toEqual([]);
    },
  );

  it('says nothing of strangers in its log', async () => {
    const refused = new RequestRefusedError('Token has expired', { code: 'token-expired' });
    const identities = { ...OPERATOR_ALONE, callerOf: () => Promise.reject(refused) };
    const answer = await workerWith({ identities }).answer(batchOf([CREATE]), 60_000);
    expect(errorOf(answer)).toMatchObject({ casualty: 'request', code: 'token-expired' });
    expect(prepared).toEqual([]);
    expect(log).toEqual([]);
  });

  it('answers what a retry may cure, and logs it', async () => {
    const unreachable = new InvocationFailedError('S3 is away', { code: 'store-unreachable' });
    for (const [error, code] of [
      [unreachable, 'store-unreachable'],
      [new TypeError('x is not a function'), 'try-again'],
      ['thrown text', 'try-again'],
    ] as const) {
      log = [];
      const answer = await workerWith({ store: failing(error) }).answer(batchOf([CREATE]), 60_000);
      expect(errorOf(answer)).toMatchObject({ casualty: 'invocation', code });
      expect(log).toMatchObject([{ level: 'error', event: 'batch-failed' }]);
    }
    expect(
      JSON.stringify(
        await workerWith({ store: failing(new Error('secret')) }).answer(batchOf([CREATE]), 60_000),
      ),
    ).not.toContain('secret');
  });

  it('answers what only another deployment cures as such', async () => {
    const error = new DeploymentError('S3 refuses', { code: 'store-refused' });
    const answer = await workerWith({ store: failing(error) }).answer(batchOf([CREATE]), 60_000);
    expect(errorOf(answer)).toMatchObject({ casualty: 'deployment', code: 'store-refused' });
    expect(log).toHaveLength(1);
  });

  it('is put together from the environment, which has to be whole', () => {
    const environment = { TRIBUTARY_BUCKET: 'federation', TRIBUTARY_WORKER: 'alice' };
    expect(createWorker(environment, tf, () => undefined)).toBeInstanceOf(Worker);
    expect(() => createWorker({}, tf, () => undefined)).toThrow(
      expect.objectContaining({ code: 'setting-missing' }),
    );
  });
});
