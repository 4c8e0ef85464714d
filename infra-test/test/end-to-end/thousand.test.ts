import { createHash } from 'node:crypto';
import { encodeUpdate, updateKey } from '@tributary/client/protocol';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createRandom } from '../../src/local-cloud/random.ts';
import { openBucket } from './support/bucket.ts';
import { expectReferenceMean } from './support/reference.ts';
import { startWorld, type TestDevice, type World } from './support/world.ts';

const DEVICES = inject('thorough') ? 1_000 : 100;
/** 100 KiB of float32. */
const ELEMENTS = 25_600;
/** Each device under way may keep a coordinator process busy. */
const IN_FLIGHT_MAX = 24;

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

function deviceOf(index: number): TestDevice {
  const random = createRandom(index);
  return {
    id: `device-${index}`,
    delta: Float32Array.from({ length: ELEMENTS }, () => random() * 2 - 1),
    exampleCount: 1 + Math.floor(random() * 1_000),
  };
}

/** Does one thing after another for every item, a bounded number of them at once. */
async function forEach<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const run = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT_MAX }, run));
}

describe(`${DEVICES} devices with a 100 KB model`, () => {
  it('complete one round, each counted once', async () => {
    const devices = Array.from({ length: DEVICES }, (_, index) => deviceOf(index));
    await world.createModel('thousand', ELEMENTS);
    const { round } = await world.operator.startRound('thousand', {
      goal: DEVICES,
      minimum: DEVICES - 1,
      deadlineSeconds: 900,
    });
    const kinds: string[] = [];
    await forEach(devices, async (device) => {
      const member = await world.deviceOf(device);
      kinds.push((await member.participate('thousand', { awaitOutcome: false })).kind);
    });
    expect(kinds).toEqual(devices.map(() => 'received'));
    const totalWeight = devices.reduce((sum, { exampleCount }) => sum + exampleCount, 0);
    expect(await world.operator.waitForRound('thousand', round)).toMatchObject({
      kind: 'published',
      included: DEVICES,
      rejected: [],
      surplus: 0,
      exampleCount: totalWeight,
      conservation: { sealed: DEVICES, included: DEVICES, totalWeight },
    });
    expectReferenceMean(await world.weights('thousand'), devices);
  }, 400_000);
});

describe.runIf(inject('thorough'))('2,500 updates of one round', () => {
  const UPDATES = 2_500;
  /** Every hundredth is not a number. */
  const BAD = UPDATES / 100;

  it('fill more than one page of a LIST and more than one seal, and each has its place', async () => {
    await world.createModel('page-of-seals', 2);
    const settings = { goal: UPDATES, minimum: 1, deadlineSeconds: 900, overSelection: 1 };
    const { round } = await world.operator.startRound('page-of-seals', settings);
    const { plan } = await world.operator.status('page-of-seals');
    const bucket = openBucket(world);
    await forEach(
      Array.from({ length: UPDATES }, (_, index) => index),
      async (index) => {
        const device = createHash('sha256').update(`device ${index}`).digest('base64url');
        const data = new Float32Array([index % 100 === 0 ? Number.NaN : 1, index % 2]);
        const delta = { w: { dtype: 'F32', shape: [2], data } } as const;
        const content = { plan, baseVersion: 0, device, exampleCount: 1, metrics: {}, delta };
        await bucket.put(
          updateKey({ model: 'page-of-seals', round, device, group: 0 }),
          encodeUpdate(content),
        );
      },
    );
    const result = await world.operator.waitForRound('page-of-seals', round);
    const seals = await bucket.keys(`rounds/page-of-seals/${round}/seals/`);
    bucket.close();
    expect(seals.length).toBeGreaterThan(1);
    expect(result).toMatchObject({
      kind: 'published',
      included: UPDATES - BAD,
      surplus: 0,
      conservation: { sealed: UPDATES, rejectedInFold: BAD, totalWeight: UPDATES - BAD },
    });
    expect(new Set(result.rejected.map(({ device }) => device)).size).toBe(BAD);
    expect(result.rejected.every(({ code }) => code === 'non-finite')).toBe(true);
    const [first, second] = await world.weights('page-of-seals');
    expect(first).toBe(1);
    // Odd indices only, of which none is bad.
    expect(second).toBe(Math.fround(UPDATES / 2 / (UPDATES - BAD)));
  }, 400_000);
});

describe.runIf(inject('thorough'))('2,001 updates of one element, swept all the time', () => {
  const UPDATES = 2_001;

  it('are read a bounded number of times by all functions together', async () => {
    await world.createModel('swept', 1);
    const settings = { goal: UPDATES, minimum: 1, deadlineSeconds: 900, overSelection: 1 };
    const { round } = await world.operator.startRound('swept', settings);
    const { plan } = await world.operator.status('swept');
    const bucket = openBucket(world);
    const before = countRequests(world);
    const stop = world.keepSweeping();
    try {
      await forEach(
        Array.from({ length: UPDATES }, (_, index) => index),
        async (index) => {
          const device = createHash('sha256').update(`swept ${index}`).digest('base64url');
          const delta = { w: { dtype: 'F32', shape: [1], data: new Float32Array([1]) } } as const;
          const content = { plan, baseVersion: 0, device, exampleCount: 1, metrics: {}, delta };
          await bucket.put(
            updateKey({ model: 'swept', round, device, group: 0 }),
            encodeUpdate(content),
          );
        },
      );
      const result = await world.operator.waitForRound('swept', round);
      expect(result).toMatchObject({ kind: 'published', included: UPDATES });
    } finally {
      await stop();
      bucket.close();
    }
    const after = countRequests(world);
    const reads = after.reads - before.reads;
    const listings = after.listings - before.listings;
    process.stdout.write(`${reads} reads and ${listings} listings for 2,001 updates\n`);
    // Three of each update, and a few with each look, whose number follows time.
    expect(reads).toBeLessThan(3 * UPDATES + 10 * listings);
  }, 400_000);
});

/** Requests of all functions since the cloud started; reads are those of objects, ranges and heads. */
function countRequests({ cloud }: World): { reads: number; listings: number } {
  const { GetObject, HeadObject, ListObjectsV2 } = cloud.counters().operations['s3'] ?? {};
  return {
    reads: (GetObject?.requestCount ?? 0) + (HeadObject?.requestCount ?? 0),
    listings: ListObjectsV2?.requestCount ?? 0,
  };
}
