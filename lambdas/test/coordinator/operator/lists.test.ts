import {
  encodeJson,
  type ModelList,
  type ModelStatus,
  planKey,
  type RoundList,
  type RoundStatus,
  type VersionDownload,
} from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { dispatch } from '../../../src/coordinator/dispatch.ts';
import { createModel, MODEL, openFirstRound, planOf, SETTINGS } from '../../support/federation.ts';
import {
  createTestCoordinator,
  operate,
  request,
  type TestCoordinator,
} from '../support/coordinator.ts';
import { aborted, close, openNext, published } from '../support/history.ts';

let test: TestCoordinator;

beforeEach(async () => {
  test = createTestCoordinator();
  await createModel(test.store, planOf());
});

function ask<T>(operation: string, fields: object = { model: MODEL }) {
  return operate<T>(test, { schema: 1, operation, ...fields });
}

/** Rounds 1 to `count`, the last of them open. */
async function openRounds(count: number): Promise<void> {
  const first = await openFirstRound(test.store);
  for (let round = 1; round < count; round += 1) {
    await test.records.writeResult(round === 2 ? aborted(2, { version: 1 }) : published(round));
    await openNext(test, first, { round: round + 1 });
  }
}

describe("A model's status", () => {
  it('is its version, last round, plan and open round', async () => {
    expect(await ask<ModelStatus>('model-status')).toEqual({
      schema: 1,
      model: MODEL,
      version: 0,
      round: 0,
      openRound: null,
      plan: planOf(),
    });
    await openRounds(2);
    const { openRound, ...rest } = await ask<ModelStatus>('model-status');
    expect(rest).toMatchObject({ version: 1, round: 1 });
    expect(openRound).toMatchObject({ round: 2, phase: 'collecting', settings: SETTINGS });
  });
});

describe("A round's status", () => {
  it('goes from collecting over aggregating to its result', async () => {
    const { openedAt, deadlineAt } = await openFirstRound(test.store);
    const fields = { model: MODEL, round: 1 };
    const status = await ask<RoundStatus>('round-status', fields);
    expect(status).toEqual({
      schema: 1,
      ...fields,
      phase: 'collecting',
      openedAt,
      deadlineAt,
      settings: SETTINGS,
      baseVersion: 0,
      remaining: 0,
      closed: null,
      result: null,
    });
    await close(test);
    expect(await ask<RoundStatus>('round-status', fields)).toMatchObject({
      phase: 'aggregating',
      closed: { reason: 'goal' },
    });
    await test.records.writeResult(published(1));
    expect(await ask<RoundStatus>('round-status', fields)).toMatchObject({
      phase: 'published',
      result: published(1),
    });
  });

  it('is refused for a round that does not exist', async () => {
    const fields = { model: MODEL, round: 1 };
    expect((await ask('round-status', fields)).error).toMatchObject({ code: 'round-unknown' });
  });
});

describe('Models', () => {
  it('are listed once created; one whose weights are awaited is not', async () => {
    expect(await ask<ModelList>('list-models', {})).toEqual({ schema: 1, models: [MODEL] });
    await test.store.putOnce('models/awaited/versions/0/model-0.safetensors', new Uint8Array(8));
    await test.store.putOnce(planKey('another'), encodeJson({}));
    expect((await ask<ModelList>('list-models', {})).models).toEqual(['another', MODEL]);
  });
});

describe('Rounds', () => {
  async function numbers(before?: number): Promise<number[]> {
    const fields = { model: MODEL, ...(before === undefined ? {} : { before }) };
    const { rounds } = await ask<RoundList>('list-rounds', fields);
    return rounds.map(({ round }) => round);
  }

  it('are listed newest first by number, 10 before 9', async () => {
    expect(await numbers()).toEqual([]);
    await openRounds(11);
    expect(await numbers()).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    const { rounds } = await ask<RoundList>('list-rounds');
    expect(rounds[0]).toEqual({ round: 11, phase: 'collecting', reason: null, version: null });
    expect(rounds[9]).toEqual({
      round: 2,
      phase: 'aborted',
      reason: 'too-few-updates',
      version: null,
    });
    expect(rounds[10]).toEqual({ round: 1, phase: 'published', reason: null, version: 1 });
  });

  it('are listed a hundred at a time, from any number on', async () => {
    await openRounds(203);
    const first = await numbers();
    expect([first.length, first[0], first.at(-1)]).toEqual([100, 203, 104]);
    const second = await numbers(104);
    expect([second.length, second[0], second.at(-1)]).toEqual([100, 103, 4]);
    expect(await numbers(4)).toEqual([3, 2, 1]);
    expect(await numbers(1)).toEqual([]);
    expect((await numbers(9_999))[0]).toBe(203);
  });

  it('say where the next page begins, until there is none', async () => {
    const nextOf = async (before?: number) => {
      const fields = { model: MODEL, ...(before === undefined ? {} : { before }) };
      return (await ask<RoundList>('list-rounds', fields)).next;
    };
    expect(await nextOf()).toBeUndefined();
    await openRounds(200);
    expect(await nextOf()).toBe(101);
    expect(await nextOf(102)).toBe(2);
    expect(await nextOf(101)).toBeUndefined();
    expect(await nextOf(1)).toBeUndefined();
  });

  it('fill a page also while none is open', async () => {
    await openRounds(101);
    await test.records.writeResult(published(101));
    expect(await numbers()).toHaveLength(100);
  });
});

describe('An operation', () => {
  it('version answers as the device route does', async () => {
    const answer = await ask<VersionDownload>('version', { model: MODEL, version: 'head' });
    const path = `/v1/models/${MODEL}/versions/0`;
    expect((await request(test, { method: 'GET', path })).body).toEqual(answer);
    expect(answer).toMatchObject({ model: MODEL, version: 0 });
    expect((await ask('version', { model: MODEL, version: 9 })).error).toMatchObject({
      code: 'version-unknown',
    });
  });

  it.each(['model-status', 'list-rounds'])(
    '%s refuses a model that does not exist',
    async (name) => {
      expect((await ask(name, { model: 'other' })).error).toMatchObject({ code: 'model-unknown' });
    },
  );

  it.each([
    ['json-invalid', { schema: 1, operation: 'make-tea' }],
    ['json-invalid', { schema: 1, operation: 'list-models', more: true }],
    ['json-invalid', { operation: 'list-models' }],
    ['json-invalid', { schema: 1, operation: null }],
    ['schema-newer', { schema: 2, operation: 'list-models' }],
  ])('is refused as %s: %j', async (code, operation) => {
    expect((await operate(test, operation)).error).toMatchObject({ code });
  });

  it.each([{}, null, undefined, 7, 'text', [], { Records: [] }, { rawPath: '/x' }])(
    'F18: and an event that is none is refused without settings: %j',
    async (event) => {
      const answer = await dispatch(event, {
        provide: () => {
          throw new Error('The coordinator was made');
        },
        log: test.coordinator.log,
      });
      expect(answer).toMatchObject({ schema: 1, error: { code: 'event-unknown' } });
    },
  );

  it('that fails inside may be repeated', async () => {
    test.store.get = () => Promise.reject(new Error('S3 is away'));
    expect((await ask('model-status')).error).toMatchObject({
      code: 'internal',
      retryAfterSeconds: 1,
    });
  });
});
