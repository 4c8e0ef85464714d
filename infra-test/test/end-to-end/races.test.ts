import { createHash } from 'node:crypto';
import type { OnProgress } from '@tributary/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startSlot } from './support/raw-device.ts';
import { startWorld, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** Tells when a participation begins to upload: it has its slot then. */
function firstUpload(): { promise: Promise<void>; onProgress: OnProgress } {
  let onProgress: OnProgress = () => undefined;
  const promise = new Promise<void>((resolve) => {
    onProgress = ({ phase }) => {
      if (phase === 'upload') resolve();
    };
  });
  return { promise, onProgress };
}

const START = { goal: 3, minimum: 1, deadlineSeconds: 60 };

describe('two rounds started at once', () => {
  it('open one round; the other start is refused and names it', async () => {
    await world.createModel('two-starts', 2);
    const starts = await Promise.allSettled(
      [1, 2].map(() => world.operator.startRound('two-starts', START)),
    );
    const opened = starts.filter(({ status }) => status === 'fulfilled');
    expect(opened).toHaveLength(1);
    expect(starts.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'round-open', message: expect.stringContaining('Round 1') },
    });
    expect(await world.operator.rounds('two-starts')).toHaveLength(1);
  });
});

/** Resolves for all of them when so many have called it. */
function meetingOf(count: number): () => Promise<void> {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((all) => {
    resolve = all;
  });
  let missing = count;
  return () => {
    missing -= 1;
    if (missing === 0) resolve();
    return promise;
  };
}

describe('a device that checks in twice with different bytes', () => {
  it('counts once; the other upload is told that it is a duplicate', async () => {
    await world.createModel('bytes', 2);
    const { round } = await world.operator.startRound('bytes', { ...START, goal: 2 });
    // A check-in after an upload would be answered that it was received, so both come before either.
    const whileTraining = meetingOf(2);
    const twins = await Promise.all(
      [1, 2].map((value) =>
        world.deviceOf({ id: 'twin', delta: [value, value], exampleCount: 1, whileTraining }),
      ),
    );
    // Both have their slot before the round can be full.
    const slots: Promise<void>[] = [];
    const running = twins.map((twin) => {
      const { promise, onProgress } = firstUpload();
      slots.push(promise);
      return twin.participate('bytes', { onProgress });
    });
    await Promise.all(slots);
    const other = await world.deviceOf({ id: 'other', delta: [9, 9], exampleCount: 1 });
    const outcomes = await Promise.all([...running, other.participate('bytes')]);
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['accepted', 'accepted', 'duplicate']);
    expect(await world.operator.waitForRound('bytes', round)).toMatchObject({ included: 2 });
    const first = outcomes[0]?.kind === 'accepted' ? 1 : 2;
    expect([...(await world.weights('bytes'))]).toEqual([(9 + first) / 2, (9 + first) / 2]);
  });
});

describe('a slot', () => {
  it('F05: used after its round closed is late and counts in no round', async () => {
    await world.createModel('replay', 2);
    await world.operator.startRound('replay', { ...START, goal: 1, rounds: 2 });
    const late = await startSlot(world, 'replay', {
      id: 'late',
      delta: [100, 100],
      exampleCount: 1,
    });
    const inTime = await world.deviceOf({ id: 'in-time', delta: [1, 1], exampleCount: 1 });
    expect(await inTime.participate('replay')).toMatchObject({ kind: 'accepted' });
    expect((await late.put()).status).toBe(200);
    expect(await late.outcome()).toMatchObject({ kind: 'late' });
    const second = await world.deviceOf({ id: 'in-time', delta: [1, 1], exampleCount: 1 });
    expect(await second.participate('replay')).toMatchObject({ kind: 'accepted', round: 2 });
    expect([...(await world.weights('replay'))]).toEqual([2, 2]);
  });

  it('F11: takes only the bytes it was given for, and stays usable', async () => {
    await world.createModel('strict', 2);
    await world.operator.startRound('strict', START);
    const slot = await startSlot(world, 'strict', { id: 'd', delta: [1, 1], exampleCount: 1 });
    const other = await startSlot(world, 'strict', { id: 'e', delta: [2, 2], exampleCount: 1 });
    const foreign = new URL(slot.url);
    foreign.pathname = new URL(other.url).pathname;
    const refused = [
      await slot.put({ body: other.body }),
      await slot.put({ body: Buffer.concat([slot.body, Buffer.from([0])]) }),
      await slot.put({ body: slot.body.subarray(0, slot.body.length - 1) }),
      await slot.put({ headers: { 'x-amz-checksum-sha256': undefined } }),
      await slot.put({
        headers: {
          'x-amz-checksum-sha256': createHash('sha256').update(other.body).digest('base64'),
        },
        body: other.body,
      }),
      await slot.put({ headers: { 'if-none-match': undefined } }),
      await slot.put({ url: foreign.href }),
    ];
    for (const { status } of refused) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    expect(await slot.outcome()).toMatchObject({ kind: 'missing' });
    expect((await slot.put()).status).toBe(200);
    expect((await slot.put()).status).toBe(412);
    expect(await slot.outcome()).toMatchObject({ kind: 'received' });
    const signed = new URL(slot.url).searchParams.get('X-Amz-SignedHeaders')?.split(';');
    expect(signed).toEqual(
      expect.arrayContaining(['content-length', 'host', 'if-none-match', 'x-amz-checksum-sha256']),
    );
    expect(slot.url).not.toContain('crc32');
  });
});

describe('a token', () => {
  it('that expired is refused with a code before anything happens', async () => {
    await world.createModel('expired', 2);
    await world.operator.startRound('expired', START);
    const token = await world.identity.token({ subject: 'd', expiresInSeconds: -600 });
    const answer = await fetch(`${world.deployed.coordinatorUrl}v1/models/expired/check-in`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: '{"schema":1}',
    });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: { code: 'token-expired' } });
  });
});

describe('F03 a device that dies after its slot', () => {
  it('holds up nobody: the deadline closes, the next round opens and takes the device back', async () => {
    await world.createModel('dead', 2);
    await world.operator.startRound('dead', {
      goal: 5,
      minimum: 3,
      deadlineSeconds: 15,
      rounds: 2,
    });
    const healthy = [1, 2, 3, 4].map((i) => ({ id: `d${i}`, delta: [i, i], exampleCount: 1 }));
    await startSlot(world, 'dead', { id: 'dying', delta: [9, 9], exampleCount: 1 });
    const outcomes = Promise.all(
      healthy.map(async (device) => (await world.deviceOf(device)).participate('dead')),
    );
    expect(await world.sweepUntilResult('dead', 1)).toMatchObject({
      kind: 'published',
      included: 4,
    });
    const again = await world.deviceOf({ id: 'dying', delta: [1, 1], exampleCount: 1 });
    const returned = await vi.waitUntil(
      async () => {
        const outcome = await again.participate('dead', { awaitOutcome: false });
        // The next round opens a moment after the result.
        return outcome.kind === 'no-round' ? undefined : outcome;
      },
      { timeout: 60_000 },
    );
    expect(returned).toMatchObject({ kind: 'received', round: 2 });
    expect((await outcomes).every(({ kind }) => kind === 'accepted')).toBe(true);
  });
});

describe('over-selection', () => {
  it('tells surplus devices so and counts the others', async () => {
    await world.createModel('full', 2);
    const devices = [1, 2, 3].map((i) => ({ id: `d${i}`, delta: [1, 1], exampleCount: 1 }));
    // No event arrives before all three have uploaded; the sweep finds them then.
    world.cloud.setFaults({ seed: 1, events: { delayMs: [600_000, 600_000] } });
    const { round } = await world.operator.startRound('full', {
      goal: 2,
      minimum: 1,
      overSelection: 1,
      deadlineSeconds: 60,
    });
    const uploads = await Promise.all(
      devices.map(async (given) => {
        const device = await world.deviceOf(given);
        return { device, upload: await device.participate('full', { awaitOutcome: false }) };
      }),
    );
    expect(uploads.map(({ upload }) => upload.kind)).toEqual(['received', 'received', 'received']);
    world.cloud.setFaults({ seed: 1 });
    await world.sweepUntilResult('full', round);
    const outcomes = await Promise.all(
      uploads.map(({ device, upload }) => device.outcome({ model: 'full', round, ...upload })),
    );
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['accepted', 'accepted', 'surplus']);
  });
});
