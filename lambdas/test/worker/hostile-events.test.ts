import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { MemoryStore, type TransferStore } from '@tributary/client/execution';
import { batchAnswerSchema, CommandError, encodeBase64 } from '@tributary/client/protocol';
import { expect, inject, it } from 'vitest';
import { drawHostile } from '../../../client/test/execution/batch/hostile-batches.ts';
import { drawFrom } from '../../../client/test/execution/batch/random-program.ts';
import type { LogEvent } from '../../src/log.ts';
import { OPERATOR_ALONE } from '../../src/worker/identify.ts';
import { WasmAccelerator } from '../../src/worker/wasm/wasm-accelerator.ts';
import { Worker } from '../../src/worker/worker.ts';

/** `FUZZ=n` sends other counts, `SEED=n` other events. */
const EVENT_COUNT = Number(process.env['FUZZ'] ?? (inject('thorough') ? 100_000 : 10_000));
const SEED = Number(process.env['SEED'] ?? 1);

const BINARY = '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm';
const ID = 'i'.repeat(22);

/** Where nothing ever arrives, and nobody else's URLs lead. */
const transfers: TransferStore = {
  offerUpload: async (_, { sha256 }) => ({
    upload: sha256,
    url: 'https://s3.example',
    headers: {},
  }),
  readUpload: async () => undefined,
  offerDownload: async () => 'https://s3.example',
  fetch: async (url) => {
    throw new CommandError(`Not ${url}`, { code: 'url-not-allowed' });
  },
};

/** A quarter of a minute on an idle machine; a bound on a busy one. */
const LONG = { timeout: 300_000 };

it(
  'answers whatever comes, has nothing to log, and computes for the next caller',
  LONG,
  async () => {
    setWasmPaths(`${dirname(createRequire(import.meta.url).resolve(BINARY))}/`);
    await tf.setBackend('cpu');
    const log: LogEvent[] = [];
    const accelerator = new WasmAccelerator(tf, ({ error }) => {
      throw error;
    });
    let caller = 'eve';
    const worker = new Worker({
      ...{ worker: 'bob', store: new MemoryStore(), transfers, tf, accelerator },
      identities: { ...OPERATOR_ALONE, callerOf: async () => caller },
      now: Date.now,
      log: (event) => log.push(event),
    });
    const draw = drawFrom(SEED);
    for (let count = 0; count < EVENT_COUNT; count += 1) {
      const answer = await worker.answer(drawHostile(draw), 60_000);
      expect(batchAnswerSchema.safeParse(answer).success).toBe(true);
    }
    expect(log).toEqual([]);
    caller = 'carol';
    const data = encodeBase64(new Uint8Array(new Float32Array(256 * 256).fill(0.5).buffer));
    const answer = await worker.answer(
      {
        ...{ schema: 1, worker: 'bob', keep: [] },
        commands: [
          ['$create', [], { dtype: 'float32', shape: [256, 256], data }, [ID]],
          ['matMul', [ID, ID], {}, ['m'.repeat(22)]],
          ['max', ['m'.repeat(22)], {}, ['x'.repeat(22)]],
          ['$read', ['x'.repeat(22)], {}, []],
        ],
      },
      60_000,
    );
    expect(answer).toMatchObject({
      statuses: [{}, {}, {}, { status: 'done', value: { shape: [] } }],
    });
    const value = 'statuses' in answer && answer.statuses[3];
    expect(value).toMatchObject({ value: { data: encodeBase64(Uint8Array.of(0, 0, 128, 66)) } });
  },
);
