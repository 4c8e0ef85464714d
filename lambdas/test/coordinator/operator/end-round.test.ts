import type { RoundStatus } from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { createModel, MODEL, OPENED_AT, openFirstRound, planOf } from '../../support/federation.ts';
import { createTestCoordinator, operate, type TestCoordinator } from '../support/coordinator.ts';
import { aborted, close, member, published, sealOf } from '../support/history.ts';

let test: TestCoordinator;
const id = { model: MODEL, round: 1 };

beforeEach(async () => {
  test = createTestCoordinator();
  await createModel(test.store, planOf());
});

type Choices = { round?: number; stop?: boolean; requestId?: string; model?: string };

function end(operation: 'close-round' | 'abort-round', choices: Choices = {}) {
  return operate<Partial<RoundStatus>>(test, {
    schema: 1,
    operation,
    requestId: 'end',
    stop: false,
    ...id,
    ...choices,
  });
}

describe('Closing a round', () => {
  it('ends collection by the operator and hints at it', async () => {
    await openFirstRound(test.store);
    expect(await end('close-round', { stop: true })).toMatchObject({
      round: 1,
      phase: 'aggregating',
      closed: { reason: 'operator', closedAt: OPENED_AT },
      result: null,
    });
    expect(await test.records.close(id)).toMatchObject({ requestId: 'end', stop: true });
    expect(test.sent).toEqual([{ task: { schema: 1, task: 'collect', ...id }, delaySeconds: 0 }]);
  });

  it('twice is once, and what is closed or finished by others stays as it is', async () => {
    await openFirstRound(test.store);
    const once = await end('close-round');
    test.clock.now += 1000;
    expect(await end('close-round')).toEqual(once);
    expect(await end('close-round', { requestId: 'other' })).toEqual(once);
    await test.records.writeResult(published(1));
    expect(await end('close-round')).toMatchObject({ phase: 'published', closed: once.closed });
  });

  it('with stop is refused where the series can not be stopped there any more', async () => {
    await openFirstRound(test.store, {}, { remaining: 2 });
    await close(test);
    const refused = { code: 'already-closed', detail: id };
    expect((await end('close-round', { stop: true })).error).toMatchObject(refused);
    await test.records.writeResult(published(1));
    expect((await end('close-round', { stop: true })).error).toMatchObject(refused);
  });

  it('with stop may be repeated after the round is over', async () => {
    await openFirstRound(test.store, {}, { remaining: 2 });
    await end('close-round', { stop: true });
    await test.records.writeResult(published(1, { stop: true }));
    expect((await end('close-round', { stop: true })).phase).toBe('published');
  });
});

describe('Aborting a round', () => {
  it('writes the result, keeps the model and moves head', async () => {
    const round = await openFirstRound(test.store);
    const rejected = [{ device: test.device('a'), code: 'wrong-shape' }];
    const members = [member(test.device('b'), 'aa'.repeat(32))];
    await test.records.writeSeal(sealOf(1, { members, rejected, final: false }));
    const status = await end('abort-round');
    expect(status.phase).toBe('aborted');
    expect(status.result).toMatchObject({
      kind: 'aborted',
      reason: 'operator',
      requestId: 'end',
      stop: false,
      rejected,
      version: round.base.version,
    });
    expect((await test.records.head(MODEL))?.head).toEqual({ schema: 1, round: 1, version: 0 });
  });

  it('twice is once, whoever aborted first', async () => {
    await openFirstRound(test.store);
    const once = await end('abort-round');
    test.clock.now += 1000;
    expect(await end('abort-round')).toEqual(once);
    expect(await end('abort-round', { requestId: 'other' })).toEqual(once);
  });

  it('lets a series go on, unless stopped', async () => {
    await openFirstRound(test.store, {}, { remaining: 2 });
    await end('abort-round');
    const next = await test.records.round({ model: MODEL, round: 2 });
    expect(next).toMatchObject({ remaining: 1, base: { version: 0 } });
    const status = await end('abort-round', { round: 2, stop: true });
    expect(status.result).toMatchObject({ stop: true });
    expect(await test.records.round({ model: MODEL, round: 3 })).toBeUndefined();
  });

  it('keeps a stop that the close already has', async () => {
    await openFirstRound(test.store, {}, { remaining: 2 });
    await end('close-round', { stop: true });
    expect((await end('abort-round')).result).toMatchObject({ stop: true });
    expect(await test.records.round({ model: MODEL, round: 2 })).toBeUndefined();
  });

  it('of a published round is refused', async () => {
    await openFirstRound(test.store);
    await test.records.writeResult(published(1));
    expect((await end('abort-round')).error).toMatchObject({
      code: 'already-published',
      detail: { version: 1 },
    });
  });

  it('with stop, of one aborted without, is refused: its series went on', async () => {
    await openFirstRound(test.store, {}, { remaining: 2 });
    await test.records.writeResult(aborted(1));
    expect((await end('abort-round', { stop: true })).error).toMatchObject({
      code: 'already-closed',
    });
  });
});

describe.each(['close-round', 'abort-round'] as const)('%s', (operation) => {
  it('of a round or model that does not exist is refused and writes nothing', async () => {
    const objects = test.store.objects.size;
    expect((await end(operation)).error).toMatchObject({ code: 'round-unknown', detail: id });
    expect((await end(operation, { model: 'other' })).error).toMatchObject({
      code: 'model-unknown',
    });
    expect(test.store.objects.size).toBe(objects);
  });
});
