import { headKey, roundKey, type StartRoundAnswer } from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { sweep } from '../../../src/steps/sweep.ts';
import { driveRound } from '../../support/drive-round.ts';
import {
  contextOn,
  createModel,
  MODEL,
  OPENED_AT,
  openFirstRound,
  planOf,
  pseudonym,
  SETTINGS,
  upload,
} from '../../support/federation.ts';
import { MemoryObjectStore } from '../../support/memory-object-store.ts';
import { createTestCoordinator, operate, type TestCoordinator } from '../support/coordinator.ts';
import { aborted } from '../support/history.ts';

const NEXT = { model: MODEL, round: 2 };

/** A store whose writer is killed before it writes one key. */
class KillingStore extends MemoryObjectStore {
  killsBefore: string | undefined;

  override putOnce(key: string, body: Uint8Array) {
    this.#write(key);
    return super.putOnce(key, body);
  }

  override replace(pin: { readonly key: string; readonly etag: string }, body: Uint8Array) {
    this.#write(pin.key);
    return super.replace(pin, body);
  }

  #write(key: string): void {
    if (key === this.killsBefore) throw new Error('The process was killed');
  }
}

let test: TestCoordinator;
let store: KillingStore;

/** A series whose first round is published, and whose publisher is killed before it writes `key`. */
async function killedBefore(key: string): Promise<void> {
  await openFirstRound(store, { goal: 1 }, { remaining: 2 });
  await upload(store, planOf(), { device: pseudonym(1), delta: [1, 1], exampleCount: 1 });
  store.killsBefore = key;
  await expect(driveRound(contextOn(store))).rejects.toThrow('killed');
  store.killsBefore = undefined;
  expect(await test.records.result({ model: MODEL, round: 1 })).toMatchObject({
    kind: 'published',
  });
  expect(await test.records.round(NEXT)).toBeUndefined();
}

function start(requestId: string) {
  return operate<Partial<StartRoundAnswer>>(test, {
    schema: 1,
    operation: 'start-round',
    requestId,
    model: MODEL,
    settings: SETTINGS,
    remaining: 0,
  });
}

beforeEach(async () => {
  store = new KillingStore();
  test = createTestCoordinator(store);
  await createModel(store, planOf());
});

describe('Starting a round where a series stopped between two of its own', () => {
  it.each([
    ['head moved', headKey(MODEL)],
    ['its next round was opened', roundKey(NEXT)],
  ])('goes on with the series, when killed before %s', async (_, key) => {
    await killedBefore(key);
    expect((await start('mine')).error).toMatchObject({
      code: 'round-open',
      detail: { model: MODEL, round: 2 },
    });
    expect(await test.records.round(NEXT)).toMatchObject({
      requestId: 'after-round-1',
      remaining: 1,
      base: { version: 1 },
    });
    expect((await test.records.head(MODEL))?.head).toEqual({ schema: 1, round: 1, version: 1 });
    expect(test.sent).toEqual([
      { task: { schema: 1, task: 'collect', ...NEXT }, delaySeconds: SETTINGS.deadlineSeconds },
    ]);
  });

  it('at the same time as a sweep opens one round, and it is the series’', async () => {
    await killedBefore(roundKey(NEXT));
    const [answer] = await Promise.all([start('mine'), sweep(contextOn(store)), start('other')]);
    expect(answer.error).toMatchObject({ code: 'round-open', detail: { round: 2 } });
    expect(await test.records.round(NEXT)).toMatchObject({ requestId: 'after-round-1' });
  });

  it.each([
    ['that was stopped', { remaining: 2 }, { stop: true }],
    ['at its end', { remaining: 0 }, { stop: false }],
  ])('opens a round of its own after a series %s', async (_, round, result) => {
    await openFirstRound(store, {}, round);
    await test.records.writeResult(aborted(1, result));
    expect(await start('mine')).toMatchObject({ round: 2, deadlineAt: OPENED_AT + 60_000 });
    expect(await test.records.round(NEXT)).toMatchObject({ requestId: 'mine', remaining: 0 });
  });
});
