import { describe, expect, it } from 'vitest';
import { NOBODY_THERE_TOTAL_MS } from '../../src/device/retry.ts';
import { Federation, InvocationFailedError, type Progress } from '../../src/index.ts';
import { COORDINATOR_URL, FakeWorld, plan } from '../device/support/fake-world.ts';
import { FakeFunction, operatorIn, refusing } from './support/fake-function.ts';

const settings = {
  goal: 20,
  minimum: 10,
  deadlineSeconds: 120,
  abandonAfterSeconds: 3600,
  overSelection: 1.3,
  population: null,
};
const status = {
  schema: 1,
  model: 'digits',
  round: 4,
  phase: 'collecting',
  openedAt: 1,
  deadlineAt: 2,
  settings,
  baseVersion: 3,
  remaining: 0,
  closed: null,
  result: null,
};
const resultCommon = {
  schema: 1,
  model: 'digits',
  round: 4,
  requestId: 'r',
  finishedAt: 3,
  stop: false,
  rejected: [{ device: 'd'.repeat(43), code: 'non-finite' }],
  rejectedCounts: { 'non-finite': 1 },
  excluded: [{ group: 0, seal: 0, code: 'non-finite', members: [0] }],
};
const published = {
  ...resultCommon,
  kind: 'published',
  version: 4,
  files: [{ name: 'model.safetensors', bytes: 8, sha256: 'a'.repeat(64) }],
  baseVersion: 3,
  included: 19,
  surplus: 0,
  exampleCount: 190,
  trainingMetrics: {
    loss: { mean: 0.5, devices: 19, standardDeviation: 0, min: 0.5, max: 0.5 },
  },
  conservation: {
    sealed: 20,
    included: 19,
    rejectedAtHeader: 0,
    rejectedInFold: 1,
    surplus: 0,
    membersDigest: 'b'.repeat(64),
    totalWeight: 190,
  },
};
const aborted = {
  ...resultCommon,
  kind: 'aborted',
  reason: 'too-few-updates',
  message: '3 updates, expected at least 10',
  version: 3,
};

describe('startRound', () => {
  const started = { round: 4, baseVersion: 3, deadlineAt: 2 };
  const input = { goal: 20, minimum: 10, deadlineSeconds: 120 };

  it('fills in the settings and names its request', async () => {
    const coordinator = new FakeFunction(started);
    const round = await operatorIn(new FakeWorld(), coordinator).startRound('digits', input);
    expect(round).toMatchObject(started);
    expect(coordinator.operations).toEqual([
      {
        schema: 1,
        operation: 'start-round',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        model: 'digits',
        settings,
        remaining: 0,
      },
    ]);
  });

  it.each([
    [1, 0],
    [10, 9],
    ['continuous', 'continuous'],
  ] as const)('of %s rounds leaves %s to follow', async (rounds, remaining) => {
    const coordinator = new FakeFunction(started);
    const federation = operatorIn(new FakeWorld(), coordinator);
    await federation.startRound('digits', {
      ...input,
      rounds,
      population: 1000,
      requestId: 'mine',
    });
    expect(coordinator.operations[0]).toMatchObject({
      remaining,
      requestId: 'mine',
      settings: { population: 1000 },
    });
  });

  it('repeats the same request when the invocation fails', async () => {
    const coordinator = new FakeFunction(
      'failed',
      refusing('try-again', { retryAfterSeconds: 1 }),
      started,
    );
    const world = new FakeWorld();
    await operatorIn(world, coordinator).startRound('digits', input);
    const [first, second, third] = coordinator.operations;
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    expect(world.sleeps).toEqual([250, 1500]);
  });

  it('tells the callback of the federation that it waits', async () => {
    const waits: string[] = [];
    const onProgress = (progress: Progress) => waits.push(`${progress.phase} ${progress.done}`);
    const federation = new Federation(
      { coordinatorFunction: 'coordinator', onProgress },
      { environment: new FakeWorld().environment, transport: new FakeFunction('failed', started) },
    );
    await federation.startRound('digits', input);
    expect(waits).toEqual(['waiting 1']);
  });

  it('gives up a function where nobody is in half a minute', async () => {
    const world = new FakeWorld();
    const startedAt = world.environment.now();
    const error = new InvocationFailedError('Nobody is there', { code: 'invoke-failed' });
    const transport = {
      invoke: async () => ({ kind: 'again', error, isNobodyThere: true }) as const,
    };
    await expect(operatorIn(world, transport).startRound('digits', input)).rejects.toBe(error);
    expect(world.environment.now() - startedAt).toBeLessThanOrEqual(NOBODY_THERE_TOTAL_MS);
  });

  it('passes on a refusal with its code and detail', async () => {
    const coordinator = new FakeFunction(refusing('round-open', { detail: { round: 3 } }));
    const federation = operatorIn(new FakeWorld(), coordinator);
    await expect(federation.startRound('digits', input)).rejects.toMatchObject({
      name: 'RequestRefusedError',
      code: 'round-open',
      message: 'Refused with round-open',
      detail: { round: 3 },
    });
    expect(coordinator.operations).toHaveLength(1);
  });

  it.each([
    ['minimum', { ...input, minimum: 21 }],
    ['minimum below the goal', { ...input, minimum: 20 }],
    ['goal', { ...input, goal: 0 }],
    ['goal', { ...input, goal: 1.5 }],
    ['deadlineSeconds', { ...input, deadlineSeconds: 0 }],
    ['overSelection', { ...input, overSelection: 0.5 }],
    ['rounds', { ...input, rounds: 0 }],
    ['rounds', { ...input, rounds: 2.5 }],
    ['perhaps meant for "overSelection"', { ...input, overselection: 2 }],
    ['got the unknown member "deadline"', { goal: 2, minimum: 1, deadline: 60 } as never],
    ['got nothing, expected an object', undefined as never],
  ])('refuses a bad %s before asking', async (name, bad) => {
    const coordinator = new FakeFunction();
    const starting = operatorIn(new FakeWorld(), coordinator).startRound('digits', bad);
    await expect(starting).rejects.toMatchObject({
      name: 'ObjectInvalidError',
      message: expect.stringContaining(name),
    });
    expect(coordinator.operations).toEqual([]);
  });
});

describe('every operation', () => {
  it.each(['my model', '../digits', undefined])('refuses the model name %j', async (name) => {
    const coordinator = new FakeFunction();
    const federation = operatorIn(new FakeWorld(), coordinator);
    const model = name as string;
    const settings = { goal: 1, minimum: 1, deadlineSeconds: 1 };
    for (const ask of [
      () => federation.startRound(model, settings),
      () => federation.status(model),
      () => federation.round(model, 1),
    ]) {
      await expect(ask()).rejects.toMatchObject({ code: 'model-name' });
    }
    expect(coordinator.operations).toEqual([]);
  });
});

describe('waitForRound', () => {
  it.each([
    ['published', published],
    ['aborted', aborted],
  ])('waits, ever longer, until the round is %s', async (_kind, result) => {
    const world = new FakeWorld();
    const waiting = Array.from({ length: 12 }, () => status);
    const coordinator = new FakeFunction(...waiting, { ...status, result });
    expect(await operatorIn(world, coordinator).waitForRound('digits', 4)).toEqual(result);
    expect(world.sleeps.slice(0, 3)).toEqual([187.5, 281.25, 421.875]);
    expect(world.sleeps.at(-1)).toBe(3750);
    expect(world.sleeps).toHaveLength(12);
  });

  it('ends with the reason of an abort and asks no more', async () => {
    const controller = new AbortController();
    const coordinator = new FakeFunction(() => {
      controller.abort();
      return status;
    });
    const waiting = operatorIn(new FakeWorld(), coordinator).waitForRound('digits', 4, {
      signal: controller.signal,
    });
    const error = await waiting.catch((thrown: unknown) => thrown);
    expect(error).toBe(controller.signal.reason);
    expect(coordinator.operations).toHaveLength(1);
  });

  it('passes on that a round is unknown', async () => {
    const federation = operatorIn(new FakeWorld(), new FakeFunction(refusing('round-unknown')));
    await expect(federation.waitForRound('digits', 9)).rejects.toMatchObject({
      code: 'round-unknown',
    });
  });
});

describe('the other operations', () => {
  it.each([
    ['closeRound', 'close-round'],
    ['abortRound', 'abort-round'],
  ] as const)('%s ends one round, or the series', async (method, operation) => {
    const coordinator = new FakeFunction(status, status);
    const federation = operatorIn(new FakeWorld(), coordinator);
    expect(await federation[method]('digits', 4)).toEqual(status);
    await federation[method]('digits', 4, { stop: true, requestId: 'mine' });
    const asked = { schema: 1, operation, model: 'digits', round: 4 };
    expect(coordinator.operations).toEqual([
      { ...asked, requestId: expect.any(String), stop: false },
      { ...asked, requestId: 'mine', stop: true },
    ]);
  });

  it('refuse an option that nobody reads, and ask nothing', async () => {
    const coordinator = new FakeFunction();
    const federation = operatorIn(new FakeWorld(), coordinator);
    const misspelt = { stopp: true } as object;
    await expect(federation.closeRound('digits', 4, misspelt)).rejects.toThrow(
      /^closeRound got the unknown option "stopp", perhaps meant for "stop"/,
    );
    await expect(federation.rounds('digits', { befor: 3 } as object)).rejects.toThrow(
      /^rounds got the unknown option "befor"/,
    );
    expect(coordinator.operations).toEqual([]);
  });

  it('list all models, page after page', async () => {
    const coordinator = new FakeFunction(
      { models: ['a', 'b'], next: 'c' },
      { models: [], next: 'd' },
      { models: ['e'] },
    );
    const federation = operatorIn(new FakeWorld(), coordinator);
    expect(await federation.models()).toEqual(['a', 'b', 'e']);
    const asked = coordinator.operations.map(
      (operation) => 'after' in operation && operation.after,
    );
    expect(asked).toEqual([false, 'c', 'd']);
  });

  it('tell where models and rounds stand', async () => {
    const modelStatus = {
      schema: 1,
      model: 'digits',
      version: 3,
      round: 3,
      openRound: status,
      plan,
    };
    const summary = { round: 3, phase: 'aborted', reason: 'stalled', version: null };
    const coordinator = new FakeFunction(
      modelStatus,
      status,
      { models: ['digits'] },
      { model: 'digits', rounds: [summary] },
      { model: 'digits', rounds: [] },
    );
    const federation = operatorIn(new FakeWorld(), coordinator);
    expect(await federation.status('digits')).toEqual(modelStatus);
    expect(await federation.round('digits', 4)).toEqual(status);
    expect(await federation.models()).toEqual(['digits']);
    expect(await federation.rounds('digits')).toEqual([summary]);
    expect(await federation.rounds('digits', { before: 3 })).toEqual([]);
    expect(coordinator.operations).toEqual([
      { schema: 1, operation: 'model-status', model: 'digits' },
      { schema: 1, operation: 'round-status', model: 'digits', round: 4 },
      { schema: 1, operation: 'list-models' },
      { schema: 1, operation: 'list-rounds', model: 'digits' },
      { schema: 1, operation: 'list-rounds', model: 'digits', before: 3 },
    ]);
  });

  it('refuse an answer that is not of the protocol, asking whether the function is', async () => {
    const federation = operatorIn(new FakeWorld(), new FakeFunction({ models: [7] }));
    await expect(federation.models()).rejects.toMatchObject({
      name: 'ObjectInvalidError',
      code: 'json-invalid',
      message: expect.stringMatching(
        /^Function coordinator gave list-models no coordinator's answer; check that coordinatorFunction is the coordinator function: .*models\.0/,
      ),
    });
  });

  it('give up with the last reason after a minute', async () => {
    const world = new FakeWorld();
    const failures = Array.from({ length: 99 }, () => 'failed' as const);
    const federation = operatorIn(world, new FakeFunction(...failures));
    await expect(federation.models()).rejects.toMatchObject({ code: 'function-error' });
    const waitedMs = world.sleeps.reduce((sum, ms) => sum + ms, 0);
    expect(waitedMs).toBeGreaterThan(30_000);
    expect(waitedMs).toBeLessThanOrEqual(60_000);
  });

  it('need the coordinator function', async () => {
    const federation = new Federation({ coordinatorUrl: COORDINATOR_URL, token: 'opaque' });
    const asking = [
      federation.models(),
      federation.status('digits'),
      federation.startRound('digits', { goal: 1, minimum: 1, deadlineSeconds: 1 }),
      federation.createModel({ model: 'digits', weights: {} }),
    ];
    for (const asked of asking) {
      await expect(asked).rejects.toMatchObject({
        name: 'DeploymentError',
        code: 'coordinator-function-missing',
      });
    }
  });

  it.each(['not a url', 'ftp://x.example', '/relative'])('refuse the URL %o', (coordinatorUrl) => {
    expect(() => new Federation({ coordinatorUrl })).toThrow(
      expect.objectContaining({ code: 'coordinator-url-invalid' }),
    );
  });

  it('time out an invocation that never ends, and invoke again', async () => {
    const world = new FakeWorld();
    let count = 0;
    const federation = operatorIn(world, {
      invoke: (_payload, signal) => {
        count += 1;
        if (count > 1) return new FakeFunction({ models: [] }).invoke(_payload, signal);
        queueMicrotask(() => {
          for (const fire of world.timers) fire();
        });
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('Socket closed')));
        });
      },
    });
    expect(await federation.models()).toEqual([]);
    expect(count).toBe(2);
    expect(world.timers.size).toBe(0);
  });
});
