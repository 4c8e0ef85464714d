import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as tf from '@tensorflow/tfjs';
import {
  type BatchAnswer,
  batchAnswerSchema,
  type CommandStatus,
  encodeBase64,
  OPERATIONS,
  type WireCommand,
} from '@tributary/client/protocol';
import { expect, inject, it } from 'vitest';
import { executeBatch, MemoryStore } from '../../../src/execution/index.ts';
import { clock, contextOf, create, execute } from './harness.ts';
import { drawHostile } from './hostile-batches.ts';
import { drawFrom } from './random-program.ts';

/** `FUZZ=n` sends other counts, `SEED=n` other batches. */
const BATCH_COUNT = Number(process.env['FUZZ'] ?? (inject('thorough') ? 100_000 : 10_000));
const SEED = Number(process.env['SEED'] ?? 1);

/** Batches that one store gets; the objects that they legally make would pile up else. */
const PER_STORE = 1_000;

const SECRET = Float32Array.of(31337.25, 27182.5);
const TRACES = ['31337', '27182', encodeBase64(new Uint8Array(SECRET.buffer)).slice(0, 8)];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}

/** Counts what changes it. */
class CountingStore extends MemoryStore {
  changeCount = 0;

  override async create(...args: Parameters<MemoryStore['create']>) {
    const outcome = await super.create(...args);
    if (outcome === 'created') this.changeCount += 1;
    return outcome;
  }

  override async replaceHeader(...args: Parameters<MemoryStore['replaceHeader']>) {
    const isReplaced = await super.replaceHeader(...args);
    if (isReplaced) this.changeCount += 1;
    return isReplaced;
  }

  override async delete(...args: Parameters<MemoryStore['delete']>) {
    this.changeCount += 1;
    await super.delete(...args);
  }

  override async createPlan(...args: Parameters<MemoryStore['createPlan']>) {
    this.changeCount += 1;
    await super.createPlan(...args);
  }
}

async function newStore(): Promise<CountingStore> {
  const store = new CountingStore({ now: () => clock.ms });
  await execute(contextOf(store, { caller: 'carol' }), {
    commands: [create('secret', [...SECRET], { private: true })],
  });
  await execute(contextOf(store, { caller: 'eve' }), { commands: [create('x', [1, 2])] });
  return store;
}

/** Counts what an answer says; it is one of the protocol, with a code for everything refused. */
function checkAnswer(answer: BatchAnswer, batch: unknown, changeCount: number): string {
  if ('error' in answer) {
    if (!/^[a-z][a-z-]+$/.test(answer.error.code) || changeCount > 0)
      throw new Error('Not refused');
    return answer.error.code;
  }
  const { commands } = batch as { commands: readonly WireCommand[] };
  if (answer.statuses.length !== commands.length) throw new Error('Not a status each');
  const failed = answer.statuses.findIndex(({ status }) => status === 'failed');
  const done = answer.statuses.filter(({ status }) => status === 'done').length;
  const code = codeOf(answer.statuses[failed]);
  // Of several results, those before the one whose id is taken are stored.
  if (failed === 0 && changeCount > 0 && code !== 'id-taken') throw new Error(`${code}, but wrote`);
  if (failed >= 0 && done !== failed) throw new Error('Something ran after a failure');
  for (const [index, { status }] of answer.statuses.entries()) {
    const name = String(commands[index]?.[0]);
    if (status === 'done' && !name.startsWith('$') && !Object.hasOwn(OPERATIONS, name)) {
      throw new Error(`${name} ran`);
    }
  }
  return code;
}

function codeOf(status: CommandStatus | undefined): string {
  return status?.status === 'failed' ? status.error.code : 'done';
}

it(
  'hostile batches get a coded answer each; nothing else happens',
  async () => {
    const draw = drawFrom(SEED);
    const codes = new Map<string, number>();
    let calls = 0;
    Object.assign(globalThis, { canary: () => (calls += 1) });
    const properties = Object.getOwnPropertyNames(Object.prototype).length;
    let store = await newStore();
    let memory = tf.memory();
    let heap = 0;
    for (let count = 0; count < BATCH_COUNT; count += 1) {
      if (count % PER_STORE === 0) store = await newStore();
      // What was set up lazily is set up by now.
      if (count === PER_STORE) memory = tf.memory();
      if (count === Math.min(10 * PER_STORE, BATCH_COUNT / 2)) heap = heapBytes();
      const batch = drawHostile(draw);
      store.changeCount = 0;
      const answer = await executeBatch(contextOf(store, { caller: 'eve' }), batch);
      const code = checkAnswer(answer, batch, store.changeCount);
      codes.set(code, (codes.get(code) ?? 0) + 1);
      const text = JSON.stringify(answer);
      if (TRACES.some((trace) => text.includes(trace))) throw new Error(`Told: ${text}`);
      if (count % 100 === 0) batchAnswerSchema.parse(JSON.parse(text));
    }
    expect(tf.memory()).toEqual(memory);
    expect(heapBytes() - heap).toBeLessThan(32 * 2 ** 20);
    expect(calls).toBe(0);
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(properties);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(codes.get('done')).toBeGreaterThan(0);
    expect(codes.size).toBeGreaterThan(20);
    Reflect.deleteProperty(globalThis, 'canary');
  },
  10 * 60_000,
);
