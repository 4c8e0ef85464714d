import { Device, type DeviceOutcome } from '@tributary/client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { skipFor } from './support/deployed-world.ts';
import { craftUpdate, startSlot, uploadRaw } from './support/raw-device.ts';
import { startWorld, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
afterEach(() => world.cloud.setFaults(undefined));

const delta = Float32Array.of(1, 2, 3);
const ROUND = { goal: 2, minimum: 1, deadlineSeconds: 300 };

/** A page: the same device each time it is opened, with nothing remembered. */
function openPage(subject: string) {
  const train = vi.fn(() => ({
    delta: { w: { dtype: 'F32' as const, shape: [delta.length], data: Float32Array.from(delta) } },
    exampleCount: 5,
  }));
  const device = new Device({ federation: world.federationOf(subject), deviceId: subject, train });
  return { device, train };
}

async function openRound(model: string): Promise<void> {
  await world.createModel(model, delta.length);
  await world.operator.startRound(model, ROUND);
}

/** Closes the round and waits until it has its result. */
async function finish(model: string): Promise<void> {
  await world.operator.closeRound(model, 1);
  await world.sweepUntilResult(model, 1);
}

describe('an upload that something in between acknowledges', () => {
  it('is sent again until it is there, and counts once', async () => {
    await openRound('swallowed');
    world.cloud.setFaults({
      seed: 1,
      requests: [
        {
          service: 's3',
          method: 'PUT',
          keyPattern: /^updates\/.*\/swallowed\//,
          fault: 'swallowed-200',
          firstPerKey: 2,
        },
      ],
    });
    const { device, train } = openPage('ada');
    const outcome = device.participate('swallowed');
    await expect
      .poll(() => world.cloud.faults().requests, { timeout: 30_000 })
      .toMatchObject({
        'swallowed-200': 2,
      });
    world.cloud.setFaults(undefined);
    const raw = await uploadRaw(world, 'swallowed', { id: 'bo', delta, exampleCount: 5 });
    expect(raw.round).toBe(1);
    await world.sweepUntilResult('swallowed', 1);
    expect(await outcome).toEqual({ kind: 'accepted', round: 1, version: 1 });
    expect(train).toHaveBeenCalledTimes(1);
    expect(await world.operator.round('swallowed', 1)).toMatchObject({ result: { included: 2 } });
  });
});

describe('a page that is opened again', () => {
  it('does not train a second time, and learns what became of its update', async () => {
    await openRound('reloaded');
    const first = await openPage('ada').device.participate('reloaded', { awaitOutcome: false });
    expect(first).toMatchObject({ kind: 'received', round: 1 });
    const { device, train } = openPage('ada');
    const phases: string[] = [];
    const waiting = device.participate('reloaded', {
      onProgress: ({ phase }) => phases.push(phase),
    });
    await expect.poll(() => phases, { timeout: 30_000 }).toEqual(['outcome']);
    await finish('reloaded');
    expect(await waiting).toEqual({ kind: 'accepted', round: 1, version: 1 });
    expect(train).not.toHaveBeenCalled();
  });

  it.each([
    ['its numbers', 'not-a-number', [1, Number.NaN, 3], 'non-finite'],
    ['its header', 'no-header', undefined, undefined],
  ])('is told that its first update was rejected by %s, not the second', async (...given) => {
    const [, model, numbers, code] = given;
    await openRound(model);
    const ada = { id: 'ada', delta: numbers ?? delta, exampleCount: 5 };
    // Trained before the first upload, and sent after it: the key is taken.
    const second = await craftUpdate(world, model, { ...ada, delta });
    const first = await uploadRaw(world, model, ada, {
      tamper: (update) => (numbers === undefined ? update.fill(0, 0, 8) : update),
    });
    await uploadRaw(world, model, { id: 'bo', delta, exampleCount: 5 });
    await finish(model);
    const theirs = await second.outcome();
    expect(theirs).toMatchObject({ kind: 'rejected', duplicate: true });
    const own = await first.outcome();
    expect(own).toMatchObject({ kind: 'rejected' });
    expect(own).not.toHaveProperty('duplicate');
    if (code !== undefined) expect(own).toMatchObject({ code });
  });
});

describe('a program that asks for a slot after every 403', () => {
  it('is told the code, and soon gets no more slots', async () => {
    await openRound('looping');
    const slot = await startSlot(world, 'looping', { id: 'ada', delta, exampleCount: 5 });
    const wrong = await slot.put({ headers: { 'if-none-match': undefined } });
    expect([wrong.status, await wrong.text()]).toEqual([
      403,
      expect.stringContaining('<Code>SignatureDoesNotMatch</Code>'),
    ]);
    const statuses = new Set<number>();
    for (let count = 0; count < 30 && !statuses.has(429); count += 1) {
      statuses.add((await slot.askForSlot()).status);
    }
    expect(statuses).toEqual(new Set([200, 429]));
    const refused = await slot.askForSlot();
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await refused.json()).toMatchObject({
      error: {
        code: 'too-many-slots',
        message: expect.stringContaining(`content-length ${slot.body.length}`),
      },
    });
    // What it was given is as good as ever.
    expect((await slot.put()).status).toBe(200);
  });
});

describe('an expired slot', () => {
  it('is told apart from a wrong request', async () => {
    if (world.local === undefined) skipFor('moves the clock of the cloud');
    await openRound('expired');
    const slot = await startSlot(world, 'expired', { id: 'ada', delta, exampleCount: 5 });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 901_000 });
    const late = await slot.put().finally(() => vi.useRealTimers());
    expect(await late.text()).toMatch(/<Code>AccessDenied<.*Request has expired/s);
    const { device } = openPage('ada');
    const outcome: DeviceOutcome = await device.participate('expired', { awaitOutcome: false });
    expect(outcome).toMatchObject({ kind: 'received' });
  });
});
