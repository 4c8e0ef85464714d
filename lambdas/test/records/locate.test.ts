import { headKey, planKey, type StartRoundAnswer } from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { locate } from '../../src/records/locate.ts';
import { sweep } from '../../src/steps/sweep.ts';
import {
  createTestCoordinator,
  errorIn,
  operate,
  request,
  type TestCoordinator,
} from '../coordinator/support/coordinator.ts';
import {
  contextOn,
  createModel,
  MODEL,
  openFirstRound,
  planOf,
  SETTINGS,
} from '../support/federation.ts';

const HEAD = { schema: 1, round: 0, version: 0 };

let test: TestCoordinator;

beforeEach(async () => {
  test = createTestCoordinator();
  await createModel(test.store, planOf());
  test.store.objects.delete(headKey(MODEL));
});

/** Where head stands, without making it. */
async function head(): Promise<unknown> {
  return (await test.records.head(MODEL))?.head;
}

describe('A model whose creation stopped between plan and head', () => {
  it('waits for its first round at a check-in, and gets its head', async () => {
    const { status, body } = await request(test, { path: `/v1/models/${MODEL}/check-in` });
    expect([status, body]).toMatchObject([200, { kind: 'no-round' }]);
    expect(await head()).toEqual(HEAD);
  });

  it('serves check-in and slot of its first round', async () => {
    await openFirstRound(test.store);
    const path = `/v1/models/${MODEL}`;
    const checkIn = await request(test, { path: `${path}/check-in` });
    expect(checkIn.body).toMatchObject({ kind: 'selected', round: 1 });
    test.store.objects.delete(headKey(MODEL));
    const body = { schema: 1, bytes: 300, sha256: 'ab'.repeat(32), baseVersion: 0 };
    const slot = await request(test, { path: `${path}/rounds/1/slot`, body });
    expect([slot.status, slot.body]).toMatchObject([200, { url: expect.any(String) }]);
  });

  it('has its first version', async () => {
    const path = `/v1/models/${MODEL}/versions/head`;
    const { body } = await request(test, { method: 'GET', path });
    expect(body).toMatchObject({ version: 0 });
  });

  it('can start a round', async () => {
    const answer = await operate<StartRoundAnswer>(test, {
      schema: 1,
      operation: 'start-round',
      requestId: 'r',
      model: MODEL,
      settings: SETTINGS,
      remaining: 0,
    });
    expect(answer).toMatchObject({ round: 1, baseVersion: 0 });
  });

  it('gets its head from the sweep', async () => {
    expect(await sweep(contextOn(test.store))).toEqual([]);
    expect(await head()).toEqual(HEAD);
  });
});

describe('A model that was never created', () => {
  it('is unknown and gets no head, weights of it or not', async () => {
    test.store.objects.delete(planKey(MODEL));
    const { body } = await request(test, { path: `/v1/models/${MODEL}/check-in` });
    expect(errorIn(body)).toMatchObject({ code: 'model-unknown' });
    expect(await sweep(contextOn(test.store))).toEqual([]);
    expect(await locate(test.records, MODEL)).toBeUndefined();
    expect(await head()).toBeUndefined();
  });
});
