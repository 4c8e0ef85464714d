import { Device, type NamedTensors, type Progress } from '@tributary/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aggregatorEvents } from './support/function-log.ts';
import { callerOf, craftUpdate, uploadRaw } from './support/raw-device.ts';
import { roundWith, startWorld, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
afterEach(() => world.cloud.setFaults(undefined));

const START = { goal: 1, minimum: 1, deadlineSeconds: 60 };
const ONE = { id: 'one', delta: [1, 1], exampleCount: 1 };

async function takePart(model: string, device = ONE) {
  return (await world.deviceOf(device)).participate(model);
}

/** A device whose first training lasts until the test says so; it keeps the weights it was given. */
async function slowDevice(id: string) {
  const bases: (readonly number[])[] = [];
  let release = (): void => undefined;
  const isReleased = new Promise<void>((resolve) => {
    release = resolve;
  });
  let hasBegun = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    hasBegun = resolve;
  });
  const device = new Device({
    federation: world.federationOf(id),
    deviceId: id,
    train: async (weights: NamedTensors) => {
      bases.push([...(weights['w']?.data ?? [])]);
      hasBegun();
      await isReleased;
      const data = new Float32Array([10, 10]);
      return { delta: { w: { dtype: 'F32', shape: [2], data } }, exampleCount: 1 };
    },
  });
  return { device, bases, begun, release };
}

/** A device that has uploaded once `waiting` resolves. */
async function waitingDevice(model: string) {
  const device = await world.deviceOf(ONE);
  let uploaded = (): void => undefined;
  const waiting = new Promise<void>((resolve) => {
    uploaded = resolve;
  });
  const onProgress = ({ phase }: Progress): void => {
    if (phase === 'outcome') uploaded();
  };
  return { waiting, outcome: device.participate(model, { onProgress }) };
}

describe('F04 a round that nobody can finish', () => {
  it('without an upload or an event is aborted by the sweep alone', async () => {
    await world.createModel('silent', 2);
    // A queue that takes nothing leaves the round without its reminder of the deadline.
    world.cloud.setFaults({ seed: 1, requests: [{ service: 'sqs', fault: 'internal-500' }] });
    const settings = { ...START, deadlineSeconds: 1 };
    const { round } = await world.operator.startRound('silent', settings);
    world.cloud.setFaults(undefined);
    expect(world.cloud.sqs.findQueue(world.deployed.queues.tasks.arn)?.counts()).toEqual({
      ready: 0,
      inFlight: 0,
      delayed: 0,
    });
    const result = await world.sweepUntilResult('silent', round);
    expect(result).toMatchObject({ kind: 'aborted', reason: 'too-few-updates', version: 0 });
    await world.operator.startRound('silent', START);
    expect(await takePart('silent')).toEqual({ kind: 'accepted', round: 2, version: 2 });
  });

  it.each([
    ['every fold fails', 'folds', { method: 'PUT', keyPattern: /^partials\/0\/folds/ }],
    ['no update can be read', 'unread', { method: 'GET', keyPattern: /^updates\/0\/unread/ }],
    [
      'no version can be written',
      'unmade',
      { method: 'PUT', keyPattern: /^models\/unmade\/versions\/1/ },
    ],
  ] as const)('because %s is aborted as stalled, with an alarm', async (_, model, pattern) => {
    await world.createModel(model, 2);
    world.cloud.setFaults({
      seed: 1,
      requests: [{ service: 's3', ...pattern, fault: 'internal-500' }],
    });
    const settings = { ...START, deadlineSeconds: 8, abandonAfterSeconds: 1 };
    const { round } = await world.operator.startRound(model, settings);
    const outcome = takePart(model);
    const result = await world.sweepUntilResult(model, round);
    world.cloud.setFaults(undefined);
    expect(result).toMatchObject({ kind: 'aborted', reason: 'stalled', version: 0 });
    expect(await outcome).toEqual({ kind: 'aborted', round, reason: 'stalled' });
    const alarms = (await aggregatorEvents(world)).filter(
      (event) => event['event'] === 'round-aborted' && event['model'] === model,
    );
    expect(alarms).toEqual([
      expect.objectContaining({ level: 'ERROR', reason: 'stalled', round, version: 0 }),
    ]);
    await world.operator.startRound(model, START);
    expect(await takePart(model)).toEqual({ kind: 'accepted', round: 2, version: 2 });
    expect([...(await world.weights(model))]).toEqual([1, 1]);
  });
});

describe('F05 a device that is', () => {
  it('overtaken fetches the new base and trains again', async () => {
    await world.createModel('overtaken', 2);
    await world.operator.startRound('overtaken', { ...START, rounds: 3 });
    expect(await takePart('overtaken')).toMatchObject({ kind: 'accepted', version: 1 });
    const slow = await slowDevice('slow');
    const outcome = slow.device.participate('overtaken');
    await slow.begun;
    const update = await craftUpdate(world, 'overtaken', { ...ONE, id: 'stale' });
    expect(await takePart('overtaken', { ...ONE, delta: [2, 2] })).toMatchObject({ version: 2 });
    const refused = await update.askForSlot();
    expect({ status: refused.status, body: await refused.json() }).toMatchObject({
      status: 409,
      body: { error: { code: 'round-closed', detail: { openRound: 3, baseVersion: 2 } } },
    });
    slow.release();
    expect(await outcome).toEqual({ kind: 'accepted', round: 3, version: 3 });
    expect(slow.bases).toEqual([
      [1, 1],
      [3, 3],
    ]);
    expect([...(await world.weights('overtaken'))]).toEqual([13, 13]);
  });

  it('not selected is told how long to wait, and gets no slot', async () => {
    await world.createModel('crowd', 2);
    const { round } = await world.operator.startRound('crowd', {
      ...START,
      deadlineSeconds: 86_400,
      population: 1_000_000,
    });
    const outcome = await takePart('crowd');
    expect(outcome).toEqual({
      kind: 'not-selected',
      round,
      retryAfterSeconds: expect.any(Number),
    });
    expect(outcome.kind === 'not-selected' && outcome.retryAfterSeconds).toBeGreaterThan(0);
    const call = await callerOf(world, ONE.id);
    const slot = await call('POST', `v1/models/crowd/rounds/${round}/slot`, {
      schema: 1,
      bytes: 300,
      sha256: '0'.repeat(64),
      baseVersion: 0,
    });
    expect({ status: slot.status, body: await slot.json() }).toMatchObject({
      status: 403,
      body: { error: { code: 'not-selected' } },
    });
    await world.operator.abortRound('crowd', round);
    expect(await takePart('crowd')).toMatchObject({ kind: 'no-round' });
  });
});

describe('fewer updates than the minimum', () => {
  it('abort the round, tell the devices, and leave the model as it is', async () => {
    await world.createModel('few', 2);
    await world.operator.startRound('few', START);
    await takePart('few');
    const settings = { goal: 5, minimum: 3, deadlineSeconds: 60 };
    const { round } = await world.operator.startRound('few', settings);
    const slots = await Promise.all(
      ['a', 'b'].map((id) => uploadRaw(world, 'few', { ...ONE, id })),
    );
    await world.operator.closeRound('few', round);
    expect(await world.operator.waitForRound('few', round)).toMatchObject({
      kind: 'aborted',
      reason: 'too-few-updates',
      message: expect.stringContaining('2 valid updates, the minimum is 3'),
      version: 1,
    });
    for (const slot of slots) {
      expect(await slot.outcome()).toMatchObject({ kind: 'aborted', reason: 'too-few-updates' });
    }
    expect(await world.operator.status('few')).toMatchObject({ version: 1, openRound: null });
    expect([...(await world.weights('few'))]).toEqual([1, 1]);
  });
});

describe('a series', () => {
  it('of three rounds opens the second and third by itself, and no fourth', async () => {
    await world.createModel('series', 2);
    await world.operator.startRound('series', { ...START, rounds: 3 });
    for (const round of [1, 2, 3]) {
      expect(await takePart('series')).toEqual({ kind: 'accepted', round, version: round });
    }
    expect(await takePart('series')).toMatchObject({ kind: 'no-round' });
    expect(await world.operator.rounds('series')).toHaveLength(3);
    expect([...(await world.weights('series'))]).toEqual([3, 3]);
  });

  it('goes on after an aborted round, from the version before it', async () => {
    await world.createModel('bumpy', 2);
    const settings = { goal: 3, minimum: 2, deadlineSeconds: 60, rounds: 2 };
    const { round } = await world.operator.startRound('bumpy', settings);
    await uploadRaw(world, 'bumpy', ONE);
    await world.operator.closeRound('bumpy', round);
    expect(await world.operator.waitForRound('bumpy', round)).toMatchObject({ kind: 'aborted' });
    const three = ['a', 'b', 'c'].map((id) => takePart('bumpy', { ...ONE, id }));
    expect(await Promise.all(three)).toEqual(
      three.map(() => ({ kind: 'accepted', round: 2, version: 2 })),
    );
    expect(await world.operator.round('bumpy', 2)).toMatchObject({ baseVersion: 0, remaining: 0 });
  });

  it('ends with a round that is closed to stop it', async () => {
    await world.createModel('stopped', 2);
    await world.operator.startRound('stopped', { ...START, goal: 9, rounds: 3 });
    await uploadRaw(world, 'stopped', ONE);
    await world.operator.closeRound('stopped', 1);
    expect(await world.operator.waitForRound('stopped', 1)).toMatchObject({ stop: false });
    await uploadRaw(world, 'stopped', ONE);
    await world.operator.closeRound('stopped', 2, { stop: true });
    expect(await world.operator.waitForRound('stopped', 2)).toMatchObject({
      kind: 'published',
      stop: true,
    });
    await world.deployed.sweep();
    expect(await world.operator.status('stopped')).toMatchObject({ version: 2, openRound: null });
    expect(await world.operator.rounds('stopped')).toHaveLength(2);
  });

  it('without end goes on until it is aborted to stop it', async () => {
    await world.createModel('endless', 2);
    await world.operator.startRound('endless', { ...START, rounds: 'continuous' });
    for (const round of [1, 2, 3, 4]) {
      expect(await takePart('endless')).toMatchObject({ kind: 'accepted', round });
    }
    const { openRound } = await world.operator.status('endless');
    expect(openRound).toMatchObject({ round: 5, remaining: 'continuous' });
    await world.operator.abortRound('endless', 5, { stop: true });
    await world.deployed.sweep();
    expect(await world.operator.status('endless')).toMatchObject({ version: 4, openRound: null });
  });
});

describe('an operator who aborts a round', () => {
  it('ends it for devices that wait and for devices that train', async () => {
    await world.createModel('aborted', 2);
    const { round } = await world.operator.startRound('aborted', { ...START, goal: 3 });
    const slow = await slowDevice('training');
    const training = slow.device.participate('aborted');
    await slow.begun;
    const uploaded = await uploadRaw(world, 'aborted', { ...ONE, id: 'uploaded' });
    const { waiting, outcome } = await waitingDevice('aborted');
    await waiting;
    await world.operator.abortRound('aborted', round);
    expect(await outcome).toEqual({ kind: 'aborted', round, reason: 'operator' });
    expect(await uploaded.outcome()).toMatchObject({ kind: 'aborted', reason: 'operator' });
    slow.release();
    // It never uploaded: the round had ended before.
    expect(await training).toEqual({ kind: 'late', round });
    expect(await world.operator.status('aborted')).toMatchObject({ version: 0, openRound: null });
    const { outcomes } = await roundWith(world, 'aborted', [ONE]);
    expect(outcomes).toEqual([{ kind: 'accepted', round: round + 1, version: round + 1 }]);
  });
});
