import {
  decodeSafetensors,
  encodeSafetensors,
  SLOT_SECONDS,
  type Slot,
  slotSchema,
  updateBytesMax,
  updateBytesMin,
  updateKey,
} from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { groupOf } from '../../../src/planning/group-of.ts';
import { drawOf, selectedAt } from '../../../src/planning/sortition.ts';
import {
  createModel,
  MODEL,
  OPENED_AT,
  openFirstRound,
  planOf,
  updateBytes,
} from '../../support/federation.ts';
import {
  createTestCoordinator,
  type DeviceRequest,
  errorIn,
  request,
  type TestCoordinator,
} from '../support/coordinator.ts';
import { aborted, close, openNext, published } from '../support/history.ts';

const sha256 = 'ab'.repeat(32);
const asked = { schema: 1, bytes: 300, sha256, baseVersion: 0 };

let test: TestCoordinator;

beforeEach(async () => {
  test = createTestCoordinator();
  await createModel(test.store, planOf());
});

function slotRequest(body: object, round = 1, subject = 'device-1'): DeviceRequest {
  return { path: `/v1/models/${MODEL}/rounds/${round}/slot`, subject, body };
}

async function slot(body: object = asked, round = 1): Promise<Slot> {
  const { status, body: answer } = await request(test, slotRequest(body, round));
  expect(status).toBe(200);
  return slotSchema.parse(answer);
}

async function refusal(body: object, round = 1, subject?: string) {
  const reply = await request(test, slotRequest(body, round, subject));
  const { message: _, ...error } = errorIn(reply.body);
  return { status: reply.status, ...error };
}

describe('A slot', () => {
  it("is for the device's own key, in its group, for minutes", async () => {
    await openFirstRound(test.store, {}, { groups: 16 });
    const { url, expiresAt, expiresInSeconds } = await slot();
    const device = test.device('device-1');
    const key = updateKey({ model: MODEL, round: 1, device, group: groupOf(device, 16) });
    expect(new URL(url).pathname).toBe(`/federation/${key}`);
    expect(expiresAt).toBe(OPENED_AT + SLOT_SECONDS * 1000);
    expect(expiresInSeconds).toBe(SLOT_SECONDS);
  });

  it('is equivalent when asked twice, also with other bytes', async () => {
    await openFirstRound(test.store);
    const first = await slot();
    test.clock.now += 5_000;
    const again = await slot();
    expect(again.headers).toEqual(first.headers);
    const other = await slot({ ...asked, sha256: 'cd'.repeat(32), bytes: 301 });
    const paths = [first, again, other].map(({ url }) => new URL(url).pathname);
    expect(new Set(paths).size).toBe(1);
  });

  it('is given down to the smallest file of the plan, no further', async () => {
    await openFirstRound(test.store);
    const plan = planOf();
    const own = { device: test.device('device-1'), delta: [0, 0], exampleCount: 1 };
    const bytesMin = updateBytesMin(plan);
    const bytesMax = updateBytesMax(plan);
    const { tensors, metadata } = decodeSafetensors(updateBytes(plan, own));
    const { metrics: _, ...needed } = metadata;
    // Our writer pads the header to a multiple of 8; the smallest file is not padded.
    expect(encodeSafetensors({ tensors, metadata: needed }).length - bytesMin).toBeLessThan(8);
    await slot({ ...asked, bytes: bytesMin });
    for (const bytes of [1, 7, bytesMin - 1]) {
      expect(await refusal({ ...asked, bytes })).toEqual({
        status: 400,
        code: 'update-too-small',
        detail: { bytes, bytesMin, bytesMax },
      });
    }
  });

  it('is given up to the largest update of the plan, no further', async () => {
    await openFirstRound(test.store);
    const bytesMax = updateBytesMax(planOf());
    await slot({ ...asked, bytes: bytesMax });
    expect(await refusal({ ...asked, bytes: bytesMax + 1 })).toEqual({
      status: 413,
      code: 'update-too-large',
      detail: { bytes: bytesMax + 1, bytesMin: updateBytesMin(planOf()), bytesMax },
    });
  });

  it('is given to a device that is selected by another function a second ahead', async () => {
    const round = await openFirstRound(test.store, { goal: 1, population: 1000 });
    const draw = drawOf(test.coordinator.keys.sortition, round, test.device('device-1'));
    test.clock.now = selectedAt(round, draw) - 1000;
    await slot();
    test.clock.now -= 1;
    expect(await refusal(asked)).toMatchObject({ status: 403, code: 'not-selected' });
  });
});

describe('Slots of one device in one round', () => {
  it('are bounded: ten at once, then one in half a minute', async () => {
    await openFirstRound(test.store);
    for (let count = 0; count < 10; count += 1) await slot();
    const { status, code, retryAfterSeconds } = await refusal(asked);
    expect([status, code]).toEqual([429, 'too-many-slots']);
    expect(retryAfterSeconds).toBeGreaterThanOrEqual(30);
    expect(retryAfterSeconds).toBeLessThan(40);

    test.clock.now += 29_999;
    expect((await refusal(asked)).code).toBe('too-many-slots');
    test.clock.now += 1;
    await slot();
    expect((await refusal(asked)).code).toBe('too-many-slots');
  });

  it('are refused with what is signed, so that a wrong request is mended', async () => {
    await openFirstRound(test.store);
    for (let count = 0; count < 10; count += 1) await slot();
    const { body } = await request(test, slotRequest(asked));
    const { message } = errorIn(body);
    for (const part of ['SignatureDoesNotMatch', 'content-length 300', 'not chunked', 'headers']) {
      expect(message).toContain(part);
    }
  });

  it('are not bounded by those of other devices or rounds', async () => {
    const first = await openFirstRound(test.store);
    for (let count = 0; count < 11; count += 1) await request(test, slotRequest(asked));
    const other = await request(test, slotRequest(asked, 1, 'device-2'));
    expect(other.status).toBe(200);
    await test.records.writeResult(published(1));
    await openNext(test, first, { round: 2, base: { version: 1, files: published(1).files } });
    await slot({ ...asked, baseVersion: 1 }, 2);
  });
});

describe('A slot is refused before any byte is uploaded', () => {
  it('to a device that is not selected yet, with the wait', async () => {
    await openFirstRound(test.store, { goal: 1, population: 1_000_000 });
    const error = await refusal(asked);
    expect(error).toMatchObject({ status: 403, code: 'not-selected', detail: { round: 1 } });
    expect(error.retryAfterSeconds).toBeGreaterThan(0);
  });

  it('in a round that is closed, past its deadline or finished', async () => {
    const round = await openFirstRound(test.store);
    const refused = {
      status: 409,
      code: 'round-closed',
      detail: { round: 1, openRound: null, baseVersion: 0 },
    };
    test.clock.now = round.deadlineAt;
    expect(await refusal(asked)).toEqual(refused);
    test.clock.now = OPENED_AT;
    await close(test);
    expect(await refusal(asked)).toEqual(refused);
    await test.records.writeResult(aborted(1));
    expect(await refusal(asked)).toEqual(refused);
  });

  it.each([0, 2, 10, 99])(
    'in round %i, which was never opened, naming the one that is',
    async (number) => {
      await openFirstRound(test.store);
      expect(await refusal(asked, number)).toEqual({
        status: 409,
        code: 'round-closed',
        detail: { round: number, openRound: 1, baseVersion: 0 },
      });
    },
  );

  it('F05b: after the next version is published, naming the open round and its base', async () => {
    const first = await openFirstRound(test.store);
    await test.records.writeResult(published(1));
    await openNext(test, first, { round: 2, base: { version: 1, files: published(1).files } });
    expect(await refusal(asked, 1)).toEqual({
      status: 409,
      code: 'round-closed',
      detail: { round: 1, openRound: 2, baseVersion: 1 },
    });
    expect(await refusal(asked, 2)).toEqual({
      status: 409,
      code: 'wrong-base',
      detail: { round: 2, baseVersion: 1 },
    });
    await slot({ ...asked, baseVersion: 1 }, 2);
  });

  it('for a model that does not exist', async () => {
    const path = '/v1/models/other/rounds/1/slot';
    const { status, body } = await request(test, { path, body: asked });
    expect([status, errorIn(body).code]).toEqual([404, 'model-unknown']);
  });

  it.each([
    ['json-invalid', { ...asked, bytes: 0 }],
    ['json-invalid', { ...asked, bytes: 1.5 }],
    ['json-invalid', { ...asked, sha256: sha256.toUpperCase() }],
    ['json-invalid', { ...asked, baseVersion: -1 }],
    ['json-invalid', { ...asked, more: 1 }],
    ['json-invalid', [asked]],
    ['json-invalid', {}],
    ['schema-newer', { ...asked, schema: 2 }],
  ])('with %s for the body %j', async (code, body) => {
    await openFirstRound(test.store);
    expect(await refusal(body)).toMatchObject({ status: 400, code });
  });

  it('without a body', async () => {
    await openFirstRound(test.store);
    const { status, body } = await request(test, { path: `/v1/models/${MODEL}/rounds/1/slot` });
    expect([status, errorIn(body).code]).toEqual([400, 'json-malformed']);
  });
});
