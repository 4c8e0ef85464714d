import {
  closeKey,
  encodeJson,
  type RoundId,
  SEAL_ENTRIES_MAX,
  type SealObject,
  sealKey,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { runTask } from '../../src/steps/run-task.ts';
import type { ListedObject, PutOutcome } from '../../src/storage/object-store.ts';
import { driveRound, weightsOf } from '../support/drive-round.ts';
import {
  contextOn,
  createModel,
  MODEL,
  OPENED_AT,
  openFirstRound,
  planOf,
  pseudonym,
  upload,
} from '../support/federation.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

const ID: RoundId = { model: MODEL, round: 1 };
const SEAL_TASK = { schema: 1, task: 'seal', ...ID, group: 0 } as const;
const plan = planOf();

const updateOf = (n: number) => ({ device: pseudonym(n), delta: [n, n], exampleCount: 1 });

function close(store: MemoryObjectStore): Promise<PutOutcome> {
  const object = {
    schema: 1,
    reason: 'operator',
    requestId: 'c',
    closedAt: OPENED_AT,
    stop: false,
  };
  return store.putOnce(closeKey(ID), encodeJson(object));
}

async function open(store: MemoryObjectStore, goal = 10): Promise<void> {
  await createModel(store, plan);
  await openFirstRound(store, { goal });
}

describe('the final seal', () => {
  it('holds every update acknowledged before the close, also one that a LIST just missed', async () => {
    class Racing extends MemoryObjectStore {
      override async *list(prefix: string): AsyncIterable<ListedObject> {
        yield* super.list(prefix);
        // Between this LIST's answer and the step's next request an update and the close arrive.
        if (prefix.startsWith('updates/') && !this.objects.has(closeKey(ID))) {
          await upload(this, plan, updateOf(2));
          await close(this);
        }
      }
    }
    const store = new Racing();
    await open(store);
    await upload(store, plan, updateOf(1));
    const context = contextOn(store);
    await runTask(context, SEAL_TASK);
    expect(await context.records.seals(ID, 0)).toEqual([]);
    expect(await driveRound(context)).toMatchObject({ kind: 'published', included: 2 });
  });

  it('that another sealer wrote first is the one that counts, with its members', async () => {
    class Losing extends MemoryObjectStore {
      theirs: SealObject | undefined;
      override async putOnce(key: string, body: Uint8Array): Promise<PutOutcome> {
        if (key === sealKey({ ...ID, group: 0, seal: 0 }) && this.theirs === undefined) {
          const ours: SealObject = JSON.parse(new TextDecoder().decode(body));
          this.theirs = { ...ours, members: ours.members.slice(0, 1) };
          await super.putOnce(key, encodeJson(this.theirs));
        }
        return super.putOnce(key, body);
      }
    }
    const store = new Losing();
    await open(store);
    for (const n of [1, 2]) await upload(store, plan, updateOf(n));
    await close(store);
    expect(await driveRound(contextOn(store))).toMatchObject({ kind: 'published', included: 1 });
    const counted = store.theirs?.members[0]?.device === pseudonym(1) ? 1 : 2;
    expect([...weightsOf(store, plan, 1)]).toEqual([counted, counted]);
  });

  it('leaves what comes later out for good', async () => {
    const store = new MemoryObjectStore();
    await open(store);
    await upload(store, plan, updateOf(1));
    await close(store);
    const context = contextOn(store);
    await runTask(context, SEAL_TASK);
    await upload(store, plan, updateOf(2));
    expect(await driveRound(context)).toMatchObject({ kind: 'published', included: 1 });
  });
});

describe('a full group', () => {
  it('keeps the same devices whoever draws and in whatever order they came', async () => {
    const kept: string[][] = [];
    for (const order of [
      [1, 2, 3, 4, 5, 6],
      [6, 5, 4, 3, 2, 1],
    ]) {
      const store = new MemoryObjectStore();
      await open(store, 2);
      for (const n of order) await upload(store, plan, updateOf(n));
      const context = contextOn(store);
      const result = await driveRound(context);
      expect(result).toMatchObject({ kind: 'published', included: 2, surplus: 4 });
      kept.push(
        (await context.records.seals(ID, 0)).flatMap((s) => s.members.map((m) => m.device)),
      );
    }
    expect(kept[0]).toEqual(kept[1]);
  });
});

describe('more updates than one seal names', () => {
  it('are sealed in checkpoints while collecting and all count in the end', async () => {
    const store = new MemoryObjectStore();
    const count = SEAL_ENTRIES_MAX + 5;
    await open(store, count);
    for (let n = 0; n < count; n += 1) {
      await upload(store, plan, { device: pseudonym(n), delta: [1, 2], exampleCount: 1 });
      if (n === SEAL_ENTRIES_MAX) {
        const { next } = await runTask(contextOn(store), { schema: 1, task: 'collect', ...ID });
        expect(next).toEqual([SEAL_TASK]);
        await runTask(contextOn(store), SEAL_TASK);
      }
    }
    const context = contextOn(store);
    expect(await driveRound(context)).toMatchObject({ kind: 'published', included: count });
    const seals = await context.records.seals(ID, 0);
    expect(seals.map(({ members, final }) => [members.length, final])).toEqual([
      [SEAL_ENTRIES_MAX, false],
      [5, true],
    ]);
    expect([...weightsOf(store, plan, 1)]).toEqual([1, 2]);
  });
});
