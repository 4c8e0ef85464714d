import { type CheckInAnswer, checkInAnswerSchema, updateKey } from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { groupOf } from '../../../src/planning/group-of.ts';
import { drawOf, selectedAt } from '../../../src/planning/sortition.ts';
import { createModel, MODEL, OPENED_AT, openFirstRound, planOf } from '../../support/federation.ts';
import {
  createTestCoordinator,
  errorIn,
  request,
  type TestCoordinator,
} from '../support/coordinator.ts';
import { aborted, close, openNext, published } from '../support/history.ts';

let test: TestCoordinator;

beforeEach(async () => {
  test = createTestCoordinator();
  await createModel(test.store, planOf());
});

async function checkIn(subject = 'device-1'): Promise<CheckInAnswer> {
  const path = `/v1/models/${MODEL}/check-in`;
  const { status, body } = await request(test, { path, subject, body: { schema: 1 } });
  expect(status).toBe(200);
  return checkInAnswerSchema.parse(body);
}

async function waitAtCheckIn(): Promise<number> {
  const answer = await checkIn();
  if (answer.kind !== 'no-round') throw new Error(`Answer is ${answer.kind}`);
  return answer.retryAfterSeconds;
}

describe('A check-in to an open round', () => {
  it('answers everything a device needs to train', async () => {
    const round = await openFirstRound(test.store);
    const answer = await checkIn();
    if (answer.kind !== 'selected') throw new Error(`Answer is ${answer.kind}`);
    const { base, ...rest } = answer;
    expect(rest).toEqual({
      schema: 1,
      kind: 'selected',
      round: 1,
      device: test.device('device-1'),
      plan: planOf(),
      deadlineAt: round.deadlineAt,
    });
    const [file] = base.files;
    expect(base).toMatchObject({ schema: 1, model: MODEL, version: 0 });
    expect(file).toMatchObject(round.base.files[0] ?? {});
    expect(new URL(file?.url ?? '').pathname).toBe(
      '/federation/models/m/versions/0/model.safetensors',
    );
  });

  it('is the same when asked twice, and without a body', async () => {
    await openFirstRound(test.store);
    const once = await checkIn();
    expect(await checkIn()).toEqual(once);
    const { body } = await request(test, { path: `/v1/models/${MODEL}/check-in` });
    expect(body).toEqual(once);
  });

  it('starts from what the round says, wherever head is', async () => {
    const first = await openFirstRound(test.store);
    await test.records.writeResult(published(1));
    const base = { version: 1, files: published(1).files };
    await openNext(test, first, { round: 2, base });
    expect(await checkIn()).toMatchObject({ kind: 'selected', round: 2, base: { version: 1 } });
  });
});

describe('F05c: a device that is not selected', () => {
  it('is told so with the wait until it is, and then is, for good', async () => {
    const round = await openFirstRound(test.store, { goal: 1, population: 1000 });
    const key = test.coordinator.keys.sortition;
    const subject = [...Array(50).keys()]
      .map(String)
      .find((each) => drawOf(key, round, test.device(each)) > 0.5);
    if (subject === undefined) throw new Error('No device with a late draw');
    const at = selectedAt(round, drawOf(key, round, test.device(subject)));
    const early = await checkIn(subject);
    if (early.kind !== 'not-selected') throw new Error(`Answer is ${early.kind}`);
    expect(early.round).toBe(1);
    expect(early.retryAfterSeconds * 1000).toBeGreaterThanOrEqual(at - OPENED_AT);
    test.clock.now = at - 1;
    expect((await checkIn(subject)).kind).toBe('not-selected');
    for (const now of [at, OPENED_AT + 30_000, round.deadlineAt - 1]) {
      test.clock.now = now;
      expect((await checkIn(subject)).kind).toBe('selected');
    }
  });
});

describe('A check-in of a device whose update is there already', () => {
  async function upload(subject: string, groups: number): Promise<void> {
    const device = test.device(subject);
    const key = updateKey({ model: MODEL, round: 1, device, group: groupOf(device, groups) });
    await test.store.putOnce(key, new Uint8Array(3));
  }

  it('asks for no second training, and says why', async () => {
    await openFirstRound(test.store, {}, { groups: 4 });
    await upload('device-1', 4);
    expect(await checkIn()).toEqual({
      schema: 1,
      kind: 'not-selected',
      round: 1,
      retryAfterSeconds: 2,
      received: true,
    });
    expect((await checkIn('device-2')).kind).toBe('selected');
  });

  it('selects it again in the next round', async () => {
    const first = await openFirstRound(test.store);
    await upload('device-1', 1);
    await test.records.writeResult(published(1));
    await openNext(test, first, { round: 2, base: { version: 1, files: published(1).files } });
    expect(await checkIn()).toMatchObject({ kind: 'selected', round: 2 });
  });
});

describe('A check-in without a round to join', () => {
  it('waits long before the first round', async () => {
    expect(await waitAtCheckIn()).toBe(30);
  });

  it('waits long after a last round, and while it is aggregated', async () => {
    await openFirstRound(test.store);
    await close(test);
    expect(await waitAtCheckIn()).toBe(30);
    await test.records.writeResult(aborted(1));
    expect(await waitAtCheckIn()).toBe(30);
  });

  it('waits shortly while a series goes on', async () => {
    await openFirstRound(test.store, {}, { remaining: 'continuous' });
    await close(test);
    expect(await waitAtCheckIn()).toBe(2);
    await test.records.writeResult(published(1));
    expect(await waitAtCheckIn()).toBe(2);
  });

  it('waits long after a series that was stopped', async () => {
    await openFirstRound(test.store, {}, { remaining: 5 });
    await test.records.writeResult(aborted(1, { stop: true }));
    expect(await waitAtCheckIn()).toBe(30);
  });

  it('joins no round past its deadline, closed or not', async () => {
    const round = await openFirstRound(test.store);
    test.clock.now = round.deadlineAt - 1;
    expect((await checkIn()).kind).toBe('selected');
    test.clock.now = round.deadlineAt;
    expect((await checkIn()).kind).toBe('no-round');
  });

  it('waits as long as the population is large, and a crowd spreads', async () => {
    await openFirstRound(test.store, { population: 20_000 }, { remaining: 1 });
    await close(test);
    expect(await waitAtCheckIn()).toBe(200);
    const waits = [0, 0.25, 0.999].map((random) => {
      test = { ...test, coordinator: { ...test.coordinator, random: () => random } };
      return waitAtCheckIn();
    });
    expect(await Promise.all(waits)).toEqual([100, 150, 299.8]);
  });
});

describe('A check-in to a model that does not exist', () => {
  it('is refused', async () => {
    const { status, body } = await request(test, { path: '/v1/models/other/check-in' });
    expect([status, errorIn(body).code]).toEqual([404, 'model-unknown']);
  });
});
