import { describe, expect, it } from 'vitest';
import { CoordinatorClient } from '../../src/device/coordinator-client.ts';
import { askForSlot } from '../../src/device/slot-request.ts';
import {
  encodeSafetensors,
  REQUEST_BODY_BYTES_MAX,
  readHeaderText,
  type SlotRequest,
} from '../../src/protocol/index.ts';
import { COORDINATOR_URL, FakeWorld, refusal } from './support/fake-world.ts';
import { deviceIn, storedUpdate } from './support/participants.ts';

function slotRequests(world: FakeWorld): readonly SlotRequest[] {
  return world.requests
    .filter(({ kind }) => kind === 'slot')
    .map(({ body }) => JSON.parse(new TextDecoder().decode(body)));
}

/** What a slot is asked with for an update of so many tensors. */
async function requestOf(count: number) {
  const tensors = Array.from({ length: count }, (_, at) => ({
    name: `layer-${at}/kernel`,
    dtype: 'F32' as const,
    shape: [1],
    data: new Uint8Array(4),
  }));
  const bytes = encodeSafetensors({ tensors, metadata: {} });
  const update = { model: 'digits', round: 4, bytes, sha256: 'ab'.repeat(32), baseVersion: 3 };
  const world = new FakeWorld();
  const { environment } = world;
  const client = new CoordinatorClient({ url: COORDINATOR_URL, token: 'opaque', environment });
  const { signal } = new AbortController();
  await askForSlot(update, client, { signal });
  const [request] = slotRequests(world);
  if (request === undefined) throw new Error('No slot was asked for');
  return { request, bytes };
}

describe('The request for a slot', () => {
  it("states the update's header as it is in the file", async () => {
    const world = new FakeWorld();
    await deviceIn(world).device.participate('digits');
    const { bytes } = storedUpdate(world);
    const [{ header } = { header: undefined }] = slotRequests(world);
    expect(header).toBe(readHeaderText(bytes));
    expect(JSON.parse(header ?? '')).toMatchObject({ w: { dtype: 'F32', shape: [2, 2] } });
  });

  it('leaves out a header that makes it longer than a coordinator reads', async () => {
    const lengths = [10, 1000].map(async (count) => {
      const { request, bytes } = await requestOf(count);
      const stated = JSON.stringify({ ...request, header: readHeaderText(bytes) });
      expect('header' in request).toBe(stated.length <= REQUEST_BODY_BYTES_MAX);
      return stated.length > REQUEST_BODY_BYTES_MAX;
    });
    expect(await Promise.all(lengths)).toEqual([false, true]);
  });

  it('is asked again without a header when a coordinator does not know the member', async () => {
    const world = new FakeWorld();
    world.script('slot', refusal(400, { code: 'json-invalid' }));
    const outcome = await deviceIn(world).device.participate('digits');
    expect(outcome.kind).toBe('accepted');
    const [first, second] = slotRequests(world);
    expect(first).toHaveProperty('header');
    expect(second).toEqual({ ...first, header: undefined });
  });

  it('is asked again once only', async () => {
    const world = new FakeWorld();
    const unknown = () => refusal(400, { code: 'json-invalid' });
    world.script('slot', unknown(), unknown());
    const participation = deviceIn(world).device.participate('digits');
    await expect(participation).rejects.toMatchObject({ code: 'json-invalid' });
    expect(world.count('slot')).toBe(2);
  });

  it('throws the refusal of a header with its code and detail', async () => {
    const detail = { tensor: 'w', expected: 'F32', got: 'F64' };
    const world = new FakeWorld();
    world.script('slot', refusal(409, { code: 'wrong-dtype', detail }));
    const participation = deviceIn(world).device.participate('digits');
    await expect(participation).rejects.toMatchObject({ code: 'wrong-dtype', detail });
    expect(world.count('put')).toBe(0);
  });
});
