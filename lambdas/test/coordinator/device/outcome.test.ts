import { updateKey } from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { groupOf } from '../../../src/planning/group-of.ts';
import { createModel, MODEL, openFirstRound, planOf } from '../../support/federation.ts';
import { MemoryObjectStore } from '../../support/memory-object-store.ts';
import {
  createTestCoordinator,
  errorIn,
  outcome,
  request,
  type TestCoordinator,
} from '../support/coordinator.ts';
import { aborted, close, member, published, sealOf } from '../support/history.ts';

const mine = 'aa'.repeat(32);
const others = 'bb'.repeat(32);
const path = `/v1/models/${MODEL}/rounds/1/outcome?sha256=${mine}`;

let test: TestCoordinator;
let device: string;

beforeEach(async () => {
  test = createTestCoordinator();
  device = test.device('device-1');
  await createModel(test.store, planOf());
});

function upload(group = 0): Promise<unknown> {
  const key = updateKey({ model: MODEL, round: 1, device, group });
  return test.store.putOnce(key, new Uint8Array(3));
}

describe('Before the result', () => {
  it('an update is missing, then received, then sealed, whatever its bytes', async () => {
    await openFirstRound(test.store);
    expect(await outcome(test, path)).toMatchObject({ kind: 'missing', retryAfterSeconds: 1 });
    await upload();
    expect(await outcome(test, path)).toMatchObject({ kind: 'received', sealed: false });
    await close(test);
    await test.records.writeSeal(sealOf(1, { members: [member(device, others)] }));
    expect(await outcome(test, path)).toMatchObject({ kind: 'received', sealed: true });
  });

  it.each([
    ['rejected', { rejected: [{ device: '', code: 'wrong-base' }] }],
    ['surplus', { surplus: [''] }],
  ])(
    'one that the seal has as %s is received and sealed: the round may yet be aborted',
    async (_, fields) => {
      await openFirstRound(test.store);
      const named = JSON.parse(JSON.stringify(fields).replace('""', JSON.stringify(device)));
      await test.records.writeSeal(sealOf(1, named));
      expect(await outcome(test, path)).toMatchObject({ kind: 'received', sealed: true });
    },
  );

  it('another device whose pseudonym begins alike is not this one', async () => {
    await openFirstRound(test.store);
    const key = updateKey({ model: MODEL, round: 1, device: `${device}x`, group: 0 });
    await test.store.putOnce(key, new Uint8Array(3));
    expect((await outcome(test, path)).kind).toBe('missing');
  });
});

describe('After publication', () => {
  async function publish(
    fields: Parameters<typeof sealOf>[1],
    result: Parameters<typeof published>[1] = {},
  ) {
    await openFirstRound(test.store);
    await test.records.writeSeal(sealOf(1, fields));
    await test.records.writeResult(published(1, result));
    return outcome(test, path);
  }

  it('the seal tells accepted by its SHA-256', async () => {
    const answer = await publish({ members: [member(device, mine)] });
    expect(answer).toEqual({ schema: 1, kind: 'accepted', version: 1 });
  });

  it('the seal tells duplicate by another SHA-256', async () => {
    const answer = await publish({ members: [member(device, others)] });
    expect(answer).toEqual({ schema: 1, kind: 'duplicate', version: 1 });
  });

  it('one rejected at the header has its code and what was wrong', async () => {
    const detail = { message: 'Tensor "w" has …', tensor: 'w', expected: '[2]', got: '[3]' };
    const rejected = [{ device, code: 'wrong-shape', detail }];
    expect(await publish({ rejected }, { rejected })).toEqual({
      schema: 1,
      kind: 'rejected',
      code: 'wrong-shape',
      detail,
    });
  });

  it('one excluded in the fold is rejected, though it is a member of the seal', async () => {
    const others = [test.device('device-2'), test.device('device-3')];
    const members = [...others, device].map((each) => member(each, mine));
    const excluded = [
      { group: 0, seal: 0, code: 'out-of-bounds', members: [0] },
      { group: 0, seal: 0, code: 'non-finite', members: [1, 2] },
      { group: 1, seal: 0, code: 'out-of-bounds', members: [2] },
      { group: 0, seal: 1, code: 'out-of-bounds', members: [2] },
    ];
    // Of many rejections a result lists the first only; the device's own is among them or not.
    const answer = await publish({ members }, { excluded, rejected: [] });
    expect(answer).toEqual({ schema: 1, kind: 'rejected', code: 'non-finite' });
  });

  it('one that was never stored learns that other bytes of its device were rejected', async () => {
    const excluded = [{ group: 0, seal: 0, code: 'non-finite', members: [0] }];
    const answer = await publish({ members: [member(device, others)] }, { excluded });
    const rejected = { schema: 1, kind: 'rejected', code: 'non-finite' };
    expect(answer).toEqual({ ...rejected, duplicate: true });
    const theirs = path.replace(mine, others);
    expect(await outcome(test, theirs)).toEqual(rejected);
  });

  it('the same of bytes that were rejected at the header', async () => {
    const rejected = [{ device, code: 'wrong-shape', sha256: others }];
    const answer = await publish({ rejected });
    expect(answer).toEqual({ schema: 1, kind: 'rejected', code: 'wrong-shape', duplicate: true });
    expect(await outcome(test, path.replace(mine, others))).not.toHaveProperty('duplicate');
  });

  it('one that asks without a SHA-256 means what it uploaded', async () => {
    const answer = await publish({ members: [member(device, others)] });
    expect(answer).toMatchObject({ kind: 'duplicate' });
    const whatever = path.slice(0, path.indexOf('?'));
    expect(await outcome(test, whatever)).toEqual({ schema: 1, kind: 'accepted', version: 1 });
  });

  it('one above the capacity is surplus', async () => {
    expect(await publish({ surplus: [device] })).toEqual({ schema: 1, kind: 'surplus' });
  });

  it('one in no seal is late, uploaded or not', async () => {
    expect(await publish({})).toEqual({ schema: 1, kind: 'late' });
    await upload();
    expect(await outcome(test, path)).toEqual({ schema: 1, kind: 'late' });
  });

  it("every seal of the device's own group is looked through", async () => {
    const group = groupOf(device, 4);
    await openFirstRound(test.store, {}, { groups: 4 });
    await test.records.writeSeal(sealOf(1, { group, final: false, surplus: [test.device('x')] }));
    await test.records.writeSeal(sealOf(1, { group, seal: 1, members: [member(device, mine)] }));
    await test.records.writeResult(published(1));
    expect(await outcome(test, path)).toMatchObject({ kind: 'accepted' });
  });

  it('one device learns nothing of another', async () => {
    await publish({ members: [member(device, mine)] });
    expect(await outcome(test, path, 'device-2')).toEqual({ schema: 1, kind: 'late' });
  });
});

describe('After an abort', () => {
  it('every device is told the reason', async () => {
    await openFirstRound(test.store);
    await test.records.writeSeal(sealOf(1, { members: [member(device, mine)] }));
    await test.records.writeResult(aborted(1));
    expect(await outcome(test, path)).toEqual({
      schema: 1,
      kind: 'aborted',
      reason: 'too-few-updates',
    });
  });

  it('a device that was rejected besides is told its own code, by its header or its numbers', async () => {
    const theirs = { device: test.device('device-2'), code: 'wrong-shape' };
    const folded = { device: test.device('device-3'), code: 'non-finite' };
    await openFirstRound(test.store);
    await test.records.writeSeal(
      sealOf(1, {
        members: [member(device, mine), member(folded.device, mine)],
        rejected: [theirs],
      }),
    );
    // What the seals say need not be in the result too.
    const { code } = folded;
    const excluded = [{ group: 0, seal: 0, code, members: [1] }];
    await test.records.writeResult(aborted(1, { rejected: [folded], excluded }));
    const reason = 'too-few-updates';
    const kind = 'aborted';
    expect(await outcome(test, path)).toEqual({ schema: 1, kind, reason });
    for (const [subject, { code }] of [
      ['device-2', theirs] as const,
      ['device-3', folded] as const,
    ]) {
      expect(await outcome(test, path, subject)).toEqual({ schema: 1, kind, reason, code });
    }
  });
});

describe('After an abort, bytes that were never stored', () => {
  it('are not told the code of others', async () => {
    await openFirstRound(test.store);
    const rejected = [{ device, code: 'wrong-shape', sha256: others }];
    await test.records.writeSeal(sealOf(1, { rejected }));
    await test.records.writeResult(aborted(1));
    expect(await outcome(test, path)).not.toHaveProperty('code');
    expect(await outcome(test, path.replace(mine, others))).toMatchObject({ code: 'wrong-shape' });
  });
});

describe('An outcome', () => {
  it('holds no more than one seal, and stops where it finds its device', async () => {
    const read: string[] = [];
    class WatchedStore extends MemoryObjectStore {
      override get(key: string) {
        if (key.includes('/seals/')) read.push(key.split('/').at(-1) ?? '');
        return super.get(key);
      }
    }
    test = createTestCoordinator(new WatchedStore());
    await createModel(test.store, planOf());
    await openFirstRound(test.store);
    for (const [seal, surplus] of [['x'], ['device-1'], ['y']].entries()) {
      const devices = surplus.map((subject) => test.device(subject));
      await test.records.writeSeal(sealOf(1, { seal, final: seal === 2, surplus: devices }));
    }
    await test.records.writeResult(published(1));
    const cold = createTestCoordinator(test.store);
    read.length = 0;
    expect(await outcome(cold, path)).toMatchObject({ kind: 'surplus' });
    expect(read).toEqual(['0.json', '1.json']);
  });

  it('is never found by reading updates', async () => {
    const store = new MemoryObjectStore();
    const read: string[] = [];
    const get = store.get.bind(store);
    store.get = (key) => {
      read.push(key);
      return get(key);
    };
    store.head = () => Promise.reject(new Error('An update was looked at'));
    store.getRange = () => Promise.reject(new Error('An update was read'));
    test = createTestCoordinator(store);
    await createModel(store, planOf());
    await openFirstRound(store);
    await upload();
    expect((await outcome(test, path)).kind).toBe('received');
    expect(read.filter((key) => key.startsWith('updates/'))).toEqual([]);
  });

  it.each([
    ['round-unknown', 404, `/v1/models/${MODEL}/rounds/7/outcome?sha256=${mine}`],
    ['model-unknown', 404, `/v1/models/other/rounds/1/outcome?sha256=${mine}`],
    ['json-invalid', 400, `/v1/models/${MODEL}/rounds/1/outcome?sha256=abc`],
    ['path-malformed', 400, `/v1/models/${MODEL}/rounds/01/outcome?sha256=${mine}`],
  ])('is refused as %s (%i) for %s', async (code, status, asked) => {
    await openFirstRound(test.store);
    const reply = await request(test, { method: 'GET', path: asked });
    expect([reply.status, errorIn(reply.body).code]).toEqual([status, code]);
  });
});
