import { updateBytesMax, updateBytesMin, updateHeaderBytesMax } from '@tributary/client/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  closeAndWait,
  expectRejected,
  GOOD,
  openRound,
  uploadGood,
  withLength,
  withLengthOfFile,
} from './support/bad-updates.ts';
import { type OwnedBucket, openBucket } from './support/bucket.ts';
import { aggregatorMemoryMegabytes, untilIdle } from './support/function-log.ts';
import { craftUpdate, uploadRaw } from './support/raw-device.ts';
import { rawFile } from './support/tamper.ts';
import { roundWith, startWorld, type World } from './support/world.ts';

let world: World;
let bucket: OwnedBucket;
beforeAll(async () => {
  world = await startWorld();
  bucket = openBucket(world);
});
afterAll(async () => {
  bucket.close();
  await world.close();
});

describe('F08 a crafted header', () => {
  /** Noise of the collector; one such header read as text would take 30 to 90. */
  const MEMORY_MEGABYTES_MAX = 20;
  const spaces = (count: number): Buffer => rawFile('{}'.padEnd(count, ' '));

  /** A file of one-element tensors, most of it header. */
  function manyTensors(count: number, bytesMin: number = 0): Buffer {
    const names = Array.from({ length: count }, (_, i) => [
      `t${i}`,
      { dtype: 'F32', shape: [1], data_offsets: [4 * i, 4 * i + 4] },
    ]);
    return rawFile(Object.fromEntries(names), Buffer.alloc(4 * count), bytesMin);
  }

  async function memoryGrowth(work: () => Promise<void>): Promise<number> {
    const before = await aggregatorMemoryMegabytes(world);
    await work();
    await untilIdle(world);
    return (await aggregatorMemoryMegabytes(world)) - before;
  }

  beforeAll(async () => {
    await world.createModel('warm', 2);
    for (let i = 0; i < 3; i += 1) await roundWith(world, 'warm', GOOD);
    await untilIdle(world);
  });

  it('is rejected whatever length it states, with no more memory', async () => {
    const growth = await memoryGrowth(() =>
      expectRejected(world, 'lengths', [
        { how: 'ff × 8', code: 'header-too-large', tamper: withLength(2n ** 64n - 1n) },
        { how: '2^53', code: 'header-too-large', tamper: withLength(2n ** 53n) },
        { how: 'one past the end', code: 'header-truncated', tamper: withLengthOfFile(-7) },
        { how: 'to the end', code: 'header-not-json', tamper: withLengthOfFile(-8) },
        { how: 'zero', code: 'header-not-json', tamper: withLength(0n) },
      ]),
    );
    expect(growth).toBeLessThanOrEqual(MEMORY_MEGABYTES_MAX);
  });

  it('of 30 MB or of 200,000 tensors gets no slot, and is not read where it lies in the bucket', async () => {
    const round = await openRound(world, 'huge');
    const huge = [spaces(30_000_000), manyTensors(200_000)];
    const updates = await Promise.all(
      huge.map((body, at) =>
        craftUpdate(
          world,
          'huge',
          { id: `huge-${at}`, delta: [1, 1], exampleCount: 1 },
          { tamper: () => body },
        ),
      ),
    );
    for (const update of updates) {
      const refused = await update.askForSlot();
      expect(refused.status).toBe(413);
      expect(await refused.json()).toMatchObject({ error: { code: 'update-too-large' } });
      await bucket.put(update.key, update.body);
    }
    await uploadGood(world, 'huge');
    const growth = await memoryGrowth(async () => {
      const result = await closeAndWait(world, 'huge', round);
      expect(result).toMatchObject({ kind: 'published', included: 2 });
      expect(result.rejected.map(({ code }) => code)).toEqual([
        'update-too-large',
        'update-too-large',
      ]);
    });
    expect(growth).toBeLessThanOrEqual(MEMORY_MEGABYTES_MAX);
    expect([...(await world.weights('huge'))]).toEqual([3, 6]);
  });

  it('is read up to its bound and no further where the plan allows as many bytes', async () => {
    const ELEMENTS = 8_000_000;
    const round = await openRound(world, 'large', { elementCount: ELEMENTS });
    const { plan } = await world.operator.status('large');
    const bytes = updateBytesMin(plan) + 1000;
    expect(bytes).toBeLessThan(updateBytesMax(plan));
    const files = [spaces(bytes), manyTensors(200_000, bytes)];
    const slots = await Promise.all(
      files.map((body, at) =>
        uploadRaw(
          world,
          'large',
          { id: `large-${at}`, delta: new Float32Array(ELEMENTS), exampleCount: 1 },
          { tamper: () => body },
        ),
      ),
    );
    const readBefore = bytesRead();
    const growth = await memoryGrowth(async () => {
      expect(await closeAndWait(world, 'large', round)).toMatchObject({
        kind: 'aborted',
        reason: 'too-few-updates',
        rejected: [{ code: 'header-too-large' }, { code: 'header-too-large' }],
      });
    });
    expect(growth).toBeLessThanOrEqual(MEMORY_MEGABYTES_MAX);
    // Beside the headers only small JSON objects are read.
    expect(bytesRead() - readBefore).toBeLessThan(
      slots.length * updateHeaderBytesMax(plan) + 1_000_000,
    );
  });

  const bytesRead = (): number =>
    world.cloud.counters().operations['s3']?.['GetObject']?.bytesOut ?? 0;
});
