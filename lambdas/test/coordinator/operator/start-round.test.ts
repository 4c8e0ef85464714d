import type { Remaining, RoundSettings, StartRoundAnswer } from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { createModel, MODEL, OPENED_AT, planOf, SETTINGS } from '../../support/federation.ts';
import { createTestCoordinator, operate, type TestCoordinator } from '../support/coordinator.ts';
import { aborted, published } from '../support/history.ts';

let test: TestCoordinator;

beforeEach(async () => {
  test = createTestCoordinator();
  await createModel(test.store, planOf());
});

function start(
  requestId: string,
  settings: Partial<RoundSettings> = {},
  { model = MODEL, remaining = 0 as Remaining } = {},
) {
  return operate<Partial<StartRoundAnswer>>(test, {
    schema: 1,
    operation: 'start-round',
    requestId,
    model,
    settings: { ...SETTINGS, ...settings },
    remaining,
  });
}

describe('Starting a round', () => {
  it('writes it down and hints at its deadline', async () => {
    const deadlineAt = OPENED_AT + 60_000;
    const opened = { schema: 1, round: 1, baseVersion: 0, deadlineAt };
    expect(await start('a', {}, { remaining: 3 })).toEqual(opened);
    expect(await test.records.round({ model: MODEL, round: 1 })).toMatchObject({
      requestId: 'a',
      openedAt: OPENED_AT,
      deadlineAt,
      settings: SETTINGS,
      remaining: 3,
      seed: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(test.sent).toEqual([
      { task: { schema: 1, task: 'collect', model: MODEL, round: 1 }, delaySeconds: 60 },
    ]);
  });

  it('twice is once, also after the round is over', async () => {
    const once = await start('a');
    test.clock.now += 10_500;
    expect(await start('a')).toEqual(once);
    expect(test.sent[1]?.delaySeconds).toBe(50);
    await test.records.writeResult(aborted(1));
    test.clock.now += 100_000;
    expect(await start('a')).toEqual(once);
    expect(await test.records.round({ model: MODEL, round: 2 })).toBeUndefined();
  });

  it('a repeated request is known even when its series went on', async () => {
    const once = await start('a');
    for (let round = 1; round <= 10; round += 1) {
      const first = await test.records.round({ model: MODEL, round: 1 });
      if (first === undefined) throw new Error('Round 1 is missing');
      await test.records.writeResult(aborted(round));
      await test.records.writeRound({
        ...first,
        round: round + 1,
        requestId: `after-round-${round}`,
      });
    }
    expect(await start('a')).toEqual(once);
    expect((await start('b')).error).toMatchObject({ code: 'round-open', detail: { round: 11 } });
  });

  it('twice at once by two requests: one opens it, the other is told which is open', async () => {
    const answers = await Promise.all([start('a'), start('b')]);
    const [opened] = answers.filter(({ round }) => round === 1);
    const [refused] = answers.filter(({ error }) => error !== undefined);
    expect(opened).toBeDefined();
    expect(refused?.error).toMatchObject({
      code: 'round-open',
      detail: { model: MODEL, round: 1 },
    });
  });

  it('twice at once by the same request: both are told the same', async () => {
    const [one, other] = await Promise.all([start('a'), start('a')]);
    expect(one).toEqual(other);
    expect(one?.round).toBe(1);
  });

  it("while somebody else's is open is refused, saying what to do", async () => {
    await start('a');
    const { error } = await start('b');
    expect(error).toMatchObject({ code: 'round-open', detail: { round: 1 } });
    expect(error?.message).toMatch(/close or abort/);
  });

  it('goes on from the last result, wherever head is', async () => {
    await start('a');
    await test.records.writeResult(published(1));
    expect(await start('b')).toMatchObject({ round: 2, baseVersion: 1 });
    await test.records.writeResult(aborted(2, { version: 1 }));
    expect(await start('c')).toMatchObject({ round: 3, baseVersion: 1 });
    const round = await test.records.round({ model: MODEL, round: 3 });
    expect(round?.base).toEqual({ version: 1, files: published(1).files });
  });

  it('goes on from the older version after a rollback', async () => {
    await start('a');
    await test.records.writeResult(published(1));
    await start('b');
    await test.records.writeResult(published(2, { version: 0 }));
    expect(await start('c')).toMatchObject({ round: 3, baseVersion: 0 });
  });

  it('with a deadline further off than a queue can wait leaves it to the sweep', async () => {
    await start('a', { deadlineSeconds: 900 });
    expect(test.sent).toHaveLength(1);
    await test.records.writeResult(aborted(1));
    await start('b', { deadlineSeconds: 901 });
    expect(test.sent).toHaveLength(1);
  });

  it('loses nothing when the queue fails', async () => {
    test.queue.error = new Error('SQS is away');
    expect(await start('a')).toMatchObject({ round: 1 });
    expect(test.logged).toMatchObject([{ level: 'warn', event: 'hint-lost', round: 1 }]);
  });

  it.each([
    ['cohort-too-large', { goal: 16_385 }],
    ['json-invalid', { goal: 0 }],
    ['json-invalid', { goal: 2, minimum: 3 }],
    ['minimum-not-below-goal', { goal: 2, minimum: 2 }],
    ['json-invalid', { deadlineSeconds: 0.5 }],
  ])('is refused as %s for %j', async (code, settings) => {
    expect((await start('a', settings)).error).toMatchObject({ code });
    expect(test.sent).toEqual([]);
  });

  it('may have a goal of 1, which is its minimum', async () => {
    expect(await start('a', { goal: 1, minimum: 1 })).toMatchObject({ round: 1 });
  });

  it('of a model that does not exist is refused', async () => {
    expect((await start('a', {}, { model: 'other' })).error).toMatchObject({
      code: 'model-unknown',
    });
  });
});
