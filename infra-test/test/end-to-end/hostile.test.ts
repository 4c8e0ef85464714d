import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type BadUpdate,
  closeAndWait,
  expectRejected,
  f32,
  openRound,
  uploadGood,
  withTensors,
} from './support/bad-updates.ts';
import { type OwnedBucket, openBucket } from './support/bucket.ts';
import { craftUpdate, uploadRaw } from './support/raw-device.ts';
import { editHeader, rawFile, SLOT_BYTES, split, withMetadata } from './support/tamper.ts';
import { startWorld, type World } from './support/world.ts';

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
afterEach(() => world.cloud.setFaults(undefined));

const W = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };

describe('a bad update is rejected with its code and the round goes on', () => {
  it('whatever is wrong with its numbers, its header or its bytes', async () => {
    await expectRejected(world, 'bad', [
      { how: 'not a number', code: 'non-finite', delta: [Number.NaN, 1] },
      { how: 'infinite', code: 'non-finite', delta: [1, Number.NEGATIVE_INFINITY] },
      { how: 'at the bound', code: 'out-of-bounds', delta: [16, 0] },
      { how: 'far out of bounds', code: 'out-of-bounds', delta: [0, -3e38] },
      {
        how: 'random bytes',
        code: 'header-too-large',
        tamper: () => Buffer.alloc(SLOT_BYTES, 0xa5),
      },
      { how: 'broken JSON', code: 'header-not-json', tamper: () => rawFile('{"w":') },
      { how: 'no object', code: 'header-not-object', tamper: () => rawFile('[]') },
      {
        how: 'wrong shape',
        code: 'wrong-shape',
        tamper: withTensors({ w: { ...W, shape: [1, 2] } }, f32([1, 1])),
      },
      {
        how: 'fewer elements',
        code: 'wrong-shape',
        tamper: withTensors({ w: { ...W, shape: [1], data_offsets: [0, 4] } }, f32([1])),
      },
      {
        how: 'more elements',
        code: 'wrong-shape',
        tamper: withTensors({ w: { ...W, shape: [3], data_offsets: [0, 12] } }, f32([1, 1, 1])),
      },
      {
        how: 'another tensor',
        code: 'wrong-tensors',
        tamper: withTensors({ v: W }, f32([1, 1])),
      },
      {
        how: 'F07 a 64-bit tensor',
        code: 'wrong-dtype',
        tamper: withTensors({ w: { ...W, dtype: 'I64', shape: [1] } }, f32([1, 1])),
      },
      {
        how: 'F07 a 64-bit counter beside the weights',
        code: 'wrong-tensors',
        tamper: withTensors(
          { w: W, step: { dtype: 'I64', shape: [], data_offsets: [8, 16] } },
          f32([1, 1, 0, 1]),
        ),
      },
      { how: 'another base', code: 'wrong-base', tamper: withMetadata({ base_version: '3' }) },
      { how: 'another model', code: 'wrong-model', tamper: withMetadata({ model: 'other' }) },
      {
        how: 'another device',
        code: 'wrong-device',
        tamper: withMetadata({ device: 'A'.repeat(43) }),
      },
      { how: 'another format', code: 'wrong-format', tamper: withMetadata({ format: '2' }) },
      {
        how: 'another encoding',
        code: 'wrong-encoding',
        tamper: withMetadata({ encoding: 'bf16' }),
      },
      {
        how: 'no metadata',
        code: 'wrong-format',
        tamper: (file) => editHeader(file, ({ w = {} }) => ({ w })),
      },
      {
        how: 'truncated',
        code: 'data-truncated',
        tamper: (file) => file.subarray(0, file.length - 4),
      },
      {
        how: 'trailing',
        code: 'trailing-bytes',
        tamper: (file) => Buffer.concat([file, f32([0])]),
      },
    ]);
  });

  it('F01: zero examples never reach a division', async () => {
    const none: Omit<BadUpdate, 'how'> = {
      code: 'no-examples',
      tamper: withMetadata({ example_count: '0' }),
    };
    await expectRejected(world, 'zero', [{ ...none, how: 'nothing' }]);
    const round = await openRound(world, 'all-zero');
    const devices = ['a', 'b', 'c'].map((id) => ({ id, delta: [1, 1], exampleCount: 1 }));
    const slots = await Promise.all(
      devices.map((device) => uploadRaw(world, 'all-zero', device, { tamper: none.tamper! })),
    );
    expect(await closeAndWait(world, 'all-zero', round)).toMatchObject({
      kind: 'aborted',
      reason: 'too-few-updates',
      version: 0,
      rejected: [{ code: 'no-examples' }, { code: 'no-examples' }, { code: 'no-examples' }],
    });
    const outcomes = await Promise.all(slots.map((slot) => slot.outcome()));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['aborted', 'aborted', 'aborted']);
    expect([...(await world.weights('all-zero'))]).toEqual([0, 0]);
  });

  it('F09: a tensor’s name that appears twice, equal or not', async () => {
    const twice = (entry: object) => (file: Uint8Array) => {
      const { header, data } = split(file);
      const text = JSON.stringify(header).replace('"w":', `"w":${JSON.stringify(entry)},"w":`);
      return rawFile(text, data);
    };
    await expectRejected(world, 'twice', [
      { how: 'equal', code: 'duplicate-name', tamper: twice(W) },
      { how: 'other', code: 'duplicate-name', tamper: twice({ ...W, data_offsets: [8, 16] }) },
    ]);
  });

  it('F06: an example count is a strict decimal integer, and the cap bounds its weight', async () => {
    const counts = [
      '-5',
      '2.5',
      '1e3',
      '0x10',
      ' 7',
      '7 ',
      '+7',
      '007',
      '9007199254740993',
      'NaN',
      '',
      undefined,
    ];
    await expectRejected(
      world,
      'counts',
      counts.map((count) => ({
        how: `count ${count}`,
        code: 'example-count',
        tamper: withMetadata({ example_count: count }),
      })),
    );
    const boast = withMetadata({ example_count: '1000000000' });
    const round = await openRound(world, 'capped', {
      plan: { update: { exampleCountCap: 100 } },
    });
    await uploadRaw(
      world,
      'capped',
      { id: 'boast', delta: [1, 1], exampleCount: 1 },
      { tamper: boast },
    );
    await uploadRaw(world, 'capped', { id: 'full', delta: [3, 5], exampleCount: 100 });
    expect(await closeAndWait(world, 'capped', round)).toMatchObject({
      included: 2,
      exampleCount: 200,
      conservation: { totalWeight: 200 },
    });
    expect([...(await world.weights('capped'))]).toEqual([2, 3]);
  });

  it('F07: a model with a 64-bit counter is refused by name, whoever asks', async () => {
    const step = { dtype: 'I64', shape: [], data: BigInt64Array.of(9007199254740993n) };
    const w = { dtype: 'F32', shape: [2], data: new Float32Array(2) };
    await expect(
      world.operator.createModel({ model: 'counter', weights: { w, step } }),
    ).rejects.toMatchObject({ code: 'wrong-dtype', message: expect.stringMatching(/"step".*I64/) });
    expect(await world.operator.models()).not.toContain('counter');
  });
});

describe('bytes that nobody gave leave for', () => {
  it('are refused by storage and change nothing', async () => {
    const round = await openRound(world, 'tampered');
    const slot = await uploadRaw(world, 'tampered', {
      id: 'honest',
      delta: [1, 1],
      exampleCount: 1,
    });
    const other = Buffer.from(slot.body);
    other.writeFloatLE(9, other.length - 4);
    expect((await slot.put({ body: other })).status).toBeGreaterThanOrEqual(400);
    await uploadGood(world, 'tampered');
    expect(await closeAndWait(world, 'tampered', round)).toMatchObject({
      included: 3,
      rejected: [],
    });
    expect(await slot.outcome()).toMatchObject({ kind: 'accepted' });
  });

  it('are refused a slot when trained from another base', async () => {
    const round = await openRound(world, 'based');
    const update = await craftUpdate(world, 'based', { id: 'd', delta: [1, 1], exampleCount: 1 });
    const answer = await update.askForSlot({ baseVersion: 7 });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({
      error: { code: 'wrong-base', detail: { baseVersion: 0 } },
    });
    await world.operator.abortRound('based', round);
  });

  it('are rejected by the seal when they came past the coordinator', async () => {
    const round = await openRound(world, 'stray');
    const devices = ['unchecked', 'large', 'someone-else'].map((id) => ({
      id,
      delta: [9, 9],
      exampleCount: 1,
    }));
    const [unchecked, large, other] = await Promise.all(
      devices.map((device) => craftUpdate(world, 'stray', device)),
    );
    if (!unchecked || !large || !other) throw new Error('Three updates were crafted');
    await bucket.put(unchecked.key, unchecked.body, { isChecksummed: false });
    await bucket.put(large.key, Buffer.concat([large.body, Buffer.alloc(1_000_000)]));
    await bucket.put(`updates/0/stray/${round}/not-a-device`, other.body);
    await uploadGood(world, 'stray');
    const result = await closeAndWait(world, 'stray', round);
    expect(result).toMatchObject({ kind: 'published', included: 2 });
    expect(Object.fromEntries(result.rejected.map(({ device, code }) => [device, code]))).toEqual({
      [unchecked.device]: 'checksum-missing',
      [large.device]: 'update-too-large',
    });
    expect(await other.outcome()).toMatchObject({ kind: 'late' });
    expect([...(await world.weights('stray'))]).toEqual([3, 6]);
  });

  it('abort the round when they replace a sealed update', async () => {
    const round = await openRound(world, 'replaced');
    const slot = await uploadRaw(world, 'replaced', { id: 'd', delta: [1, 1], exampleCount: 1 });
    await uploadGood(world, 'replaced');
    // A fold looks first whether its partial is there; until that works no member is read.
    const keyPattern = /^partials\/0\/replaced/;
    world.cloud.setFaults({
      seed: 1,
      requests: [{ service: 's3', method: 'HEAD', keyPattern, fault: 'internal-500' }],
    });
    await world.operator.closeRound('replaced', round);
    await vi.waitFor(
      async () => expect(await bucket.keys(`rounds/replaced/${round}/seals/`)).toHaveLength(1),
      { timeout: 30_000, interval: 200 },
    );
    const other = Buffer.from(slot.body);
    other.writeFloatLE(9, other.length - 4);
    await bucket.put(slot.key, other);
    world.cloud.setFaults(undefined);
    expect(await world.sweepUntilResult('replaced', round)).toMatchObject({
      kind: 'aborted',
      reason: 'member-lost',
      version: 0,
    });
    expect(await slot.outcome()).toMatchObject({ kind: 'aborted', reason: 'member-lost' });
  });
});
