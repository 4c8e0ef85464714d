import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DeviceOutcome, Progress } from '../../src/index.ts';
import { readHeaderText } from '../../src/protocol/index.ts';
import { FakeWorld, PSEUDONYM, refusal, sha256Of } from './support/fake-world.ts';
import { addQuarter, deviceIn, storedUpdate } from './support/participants.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('participate', () => {
  it('trains on the base version and uploads the delta', async () => {
    const world = new FakeWorld();
    const { device } = deviceIn(world);
    expect(await device.participate('digits')).toEqual({ kind: 'accepted', round: 4, version: 4 });
    expect(world.kinds()).toBe('check-in get slot put outcome');
    const { delta, metadata } = storedUpdate(world);
    expect(delta).toEqual({
      w: { dtype: 'F32', shape: [2, 2], data: Float32Array.of(0.25, 0.25, 0.25, 0.25) },
      bias: { dtype: 'F32', shape: [], data: Float32Array.of(0.25) },
    });
    expect(metadata).toMatchObject({
      model: 'digits',
      base_version: '3',
      device: PSEUDONYM,
      example_count: '10',
      metrics: '{"loss":0.5}',
    });
  });

  it('asks on the paths of the protocol and shows its token to the coordinator alone', async () => {
    const world = new FakeWorld();
    await deviceIn(world).device.participate('digits');
    const { bytes } = storedUpdate(world);
    const root = 'https://coordinator.example/federation/v1/models/digits';
    expect(world.requests.map(({ url }) => url.replace(/\?edition.*/, ''))).toEqual([
      `${root}/check-in`,
      'https://storage.example/versions/3',
      `${root}/rounds/4/slot`,
      'https://storage.example/updates/4',
      `${root}/rounds/4/outcome?sha256=${sha256Of(bytes)}`,
    ]);
    expect(world.requests.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer opaque',
      undefined,
      'Bearer opaque',
      undefined,
      'Bearer opaque',
    ]);
    const slot = world.requests.find(({ kind }) => kind === 'slot');
    expect(JSON.parse(new TextDecoder().decode(slot?.body))).toEqual({
      schema: 1,
      bytes: bytes.length,
      sha256: sha256Of(bytes),
      baseVersion: 3,
      header: readHeaderText(bytes),
    });
    const put = world.requests.find(({ kind }) => kind === 'put');
    expect(put?.headers).toEqual({
      'if-none-match': '*',
      'x-amz-checksum-sha256': 'checksum',
    });
  });

  it('takes a delta as it is', async () => {
    const world = new FakeWorld();
    const data = Float32Array.of(15.9, -15.9, -0, 1e-40);
    const { device } = deviceIn(world, () => ({
      delta: {
        w: { dtype: 'F32', shape: [2, 2], data },
        bias: { dtype: 'F32', shape: [], data: Float32Array.of(7) },
      },
      exampleCount: 1,
    }));
    await device.participate('digits');
    expect(storedUpdate(world).delta['w']?.data).toEqual(data);
  });

  it('reports each phase from start to end', async () => {
    const world = new FakeWorld();
    const seen: Progress[] = [];
    await deviceIn(world).device.participate('digits', { onProgress: (p) => seen.push(p) });
    const total = world.file.length;
    const upload = storedUpdate(world).bytes.length;
    expect(seen).toEqual([
      { phase: 'download', done: 0, total, unit: 'byte' },
      { phase: 'download', done: Math.ceil(total / 2), total, unit: 'byte' },
      { phase: 'download', done: total, total, unit: 'byte' },
      { phase: 'training', done: 1, total: 2, unit: 'batch' },
      { phase: 'training', done: 2, total: 2, unit: 'batch' },
      { phase: 'upload', done: 0, total: upload, unit: 'byte' },
      { phase: 'upload', done: upload, total: upload, unit: 'byte' },
      { phase: 'outcome', done: 0, total: 1, unit: 'answer' },
      { phase: 'outcome', done: 1, total: 1, unit: 'answer' },
    ]);
  });

  it('returns after the upload when the outcome is not awaited, and asks for it later', async () => {
    const world = new FakeWorld();
    const { device } = deviceIn(world);
    const received = await device.participate('digits', { awaitOutcome: false });
    const sha256 = sha256Of(storedUpdate(world).bytes);
    expect(received).toEqual({ kind: 'received', round: 4, sha256 });
    expect(world.count('outcome')).toBe(0);
    expect(await device.outcome({ model: 'digits', round: 4, sha256 })).toEqual({
      kind: 'accepted',
      round: 4,
      version: 4,
    });
  });

  it('takes options and updates as they were at the call', async () => {
    const world = new FakeWorld();
    const { device } = deviceIn(world);
    const options = { awaitOutcome: false };
    const participating = device.participate('digits', options);
    options.awaitOutcome = true;
    expect((await participating).kind).toBe('received');
    const update = { model: 'digits', round: 4, sha256: sha256Of(storedUpdate(world).bytes) };
    const asking = device.outcome(update);
    update.round = 5;
    update.sha256 = 'f'.repeat(64);
    expect(await asking).toEqual({ kind: 'accepted', round: 4, version: 4 });
  });

  it('says how long to wait when no round is open', async () => {
    const answer = { kind: 'no-round', retryAfterSeconds: 30 };
    const world = new FakeWorld().script('check-in', Response.json({ schema: 1, ...answer }));
    expect(await deviceIn(world).device.participate('digits')).toEqual(answer);
  });

  it('F05c: not being selected is a normal outcome with a wait', async () => {
    const answer = { kind: 'not-selected', round: 4, retryAfterSeconds: 9 };
    const world = new FakeWorld().script('check-in', Response.json({ schema: 1, ...answer }));
    const { device, train } = deviceIn(world);
    expect(await device.participate('digits')).toEqual(answer);
    expect(train).not.toHaveBeenCalled();
  });

  it('F05c: a selection withdrawn at the slot is the same outcome', async () => {
    const world = new FakeWorld().script(
      'slot',
      refusal(403, { code: 'not-selected', retryAfterSeconds: 7 }),
    );
    expect(await deviceIn(world).device.participate('digits')).toEqual({
      kind: 'not-selected',
      round: 4,
      retryAfterSeconds: 7,
    });
  });

  it('is late when the round closed while it trained', async () => {
    const detail = { round: 4, openRound: null, baseVersion: 4 };
    const world = new FakeWorld().script('slot', refusal(409, { code: 'round-closed', detail }));
    const { device, train } = deviceIn(world);
    expect(await device.participate('digits')).toEqual({ kind: 'late', round: 4 });
    expect(train).toHaveBeenCalledTimes(1);
    expect(world.count('put')).toBe(0);
  });

  const finals: readonly [object, DeviceOutcome][] = [
    [
      { kind: 'duplicate', version: 4 },
      { kind: 'duplicate', round: 4, version: 4 },
    ],
    [
      { kind: 'rejected', code: 'not-finite', detail: { message: 'm', tensor: 'w' } },
      { kind: 'rejected', round: 4, code: 'not-finite', detail: { message: 'm', tensor: 'w' } },
    ],
    [{ kind: 'surplus' }, { kind: 'surplus', round: 4 }],
    [{ kind: 'late' }, { kind: 'late', round: 4 }],
    [
      { kind: 'aborted', reason: 'too-few-updates' },
      { kind: 'aborted', round: 4, reason: 'too-few-updates' },
    ],
    [
      { kind: 'aborted', reason: 'stalled', code: 'wrong-shape' },
      { kind: 'aborted', round: 4, reason: 'stalled', code: 'wrong-shape' },
    ],
  ];
  it.each(finals)('passes on %o', async (answer, outcome) => {
    const world = new FakeWorld().script('outcome', Response.json({ schema: 1, ...answer }));
    expect(await deviceIn(world).device.participate('digits')).toEqual(outcome);
  });

  it('waits between questions as long as the coordinator says, and a little longer', async () => {
    const received = (sealed: boolean) =>
      Response.json({ schema: 1, kind: 'received', sealed, retryAfterSeconds: 2 });
    const missing = Response.json({ schema: 1, kind: 'missing', retryAfterSeconds: 0 });
    const world = new FakeWorld().script('outcome', missing, received(false), received(true));
    expect(await deviceIn(world).device.participate('digits')).toMatchObject({ kind: 'accepted' });
    expect(world.sleeps).toEqual([112.5, 2250, 2250]);
  });

  it('leaves what the train function does to its weights out of the next participation', async () => {
    const world = new FakeWorld();
    const { device } = deviceIn(world, addQuarter);
    await device.participate('digits');
    const first = storedUpdate(world);
    world.stored.clear();
    await device.participate('digits');
    expect(storedUpdate(world).bytes).toEqual(first.bytes);
  });

  it('F26: touches no storage of the browser', async () => {
    const untouchable = new Proxy(
      {},
      {
        get() {
          throw new DOMException('Full', 'QuotaExceededError');
        },
      },
    );
    for (const name of ['indexedDB', 'caches', 'localStorage', 'sessionStorage']) {
      vi.stubGlobal(name, untouchable);
    }
    const { device } = deviceIn(new FakeWorld());
    expect(await device.participate('digits')).toMatchObject({ kind: 'accepted' });
  });
});
