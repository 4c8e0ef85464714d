import { describe, expect, it } from 'vitest';
import type { Progress } from '../../src/index.ts';
import { FakeWorld, refusal, sha256Of } from './support/fake-world.ts';
import { deviceIn } from './support/participants.ts';

const accepted = { kind: 'accepted', round: 4, version: 4 };
/** What a middlebox does: it says yes and keeps the bytes. */
const swallow = () => new Response(null, { status: 200 });

describe('an upload that was acknowledged and is not there', () => {
  it('is sent again, the same bytes under the same slot', async () => {
    const world = new FakeWorld().script('put', swallow, swallow);
    const { device, train } = deviceIn(world);
    const waits: Progress[] = [];
    const outcome = await device.participate('digits', {
      onProgress: (progress) => {
        if (progress.phase === 'waiting') waits.push(progress);
      },
    });
    expect(outcome).toEqual(accepted);
    expect(world.kinds()).toBe('check-in get slot put outcome put outcome put outcome');
    const puts = world.requests.filter(({ kind }) => kind === 'put');
    expect(new Set(puts.map(({ body }) => sha256Of(body ?? new Uint8Array()))).size).toBe(1);
    expect(new Set(puts.map(({ url }) => url)).size).toBe(1);
    expect(train).toHaveBeenCalledTimes(1);
    expect(waits).toMatchObject([{ code: 'upload-lost' }, { code: 'upload-lost' }]);
  });

  it('is sent less and less often, under another slot once the time of one is over', async () => {
    const world = new FakeWorld().script('put', ...Array(12).fill(swallow));
    expect(await deviceIn(world).device.participate('digits')).toEqual(accepted);
    const waited = world.sleeps.reduce((sum, ms) => sum + ms, 0);
    // 1 + 2 + 4 + … + 256 + 300 + 300 s lie between thirteen uploads; a slot is good for 900 s.
    expect(waited).toBeGreaterThan(1_100_000);
    expect(world.count('put')).toBe(13);
    expect(world.count('slot')).toBe(2);
  });

  it('is given up when the round takes no more, and the outcome says what came of it', async () => {
    const world = new FakeWorld().script('put', swallow, swallow);
    world.script(
      'slot',
      (request) => {
        // The slot's own time is over at once.
        return Response.json({ ...slotOf(world, request.url), expiresInSeconds: 0 });
      },
      refusal(409, { code: 'round-closed' }),
    );
    const missing = () => Response.json({ schema: 1, kind: 'missing', retryAfterSeconds: 1 });
    const late = () => Response.json({ schema: 1, kind: 'late' });
    world.script('outcome', missing, missing, late);
    expect(await deviceIn(world).device.participate('digits')).toEqual({ kind: 'late', round: 4 });
    expect(world.kinds()).toBe('check-in get slot put outcome slot outcome outcome');
  });

  it('is not taken for stored when a page came back instead of an empty answer', async () => {
    const page = () => new Response('<html>Welcome to our network', { status: 200 });
    const world = new FakeWorld().script('put', page);
    expect(await deviceIn(world).device.participate('digits')).toEqual(accepted);
    expect(world.kinds()).toBe('check-in get slot put put outcome');
  });
});

describe('a device that has forgotten its upload', () => {
  const received = () =>
    Response.json({
      schema: 1,
      kind: 'not-selected',
      round: 4,
      retryAfterSeconds: 2,
      received: true,
    });

  function worldWithUpload(): FakeWorld {
    const world = new FakeWorld().script('check-in', received);
    world.stored.set('/updates/4', Uint8Array.of(1, 2, 3));
    return world;
  }

  it('does not train again, it waits for what becomes of the first', async () => {
    const world = worldWithUpload();
    world.script('outcome', () => Response.json({ schema: 1, kind: 'accepted', version: 4 }));
    const { device, train } = deviceIn(world);
    expect(await device.participate('digits')).toEqual(accepted);
    expect(train).not.toHaveBeenCalled();
    expect(world.kinds()).toBe('check-in outcome');
    expect(world.requests.at(-1)?.url).toMatch(/\/outcome$/);
  });

  it('hears that it is there, and when to come back, if it does not want to wait', async () => {
    const world = worldWithUpload();
    const { device, train } = deviceIn(world);
    expect(await device.participate('digits', { awaitOutcome: false })).toEqual({
      kind: 'received',
      round: 4,
      retryAfterSeconds: 2,
    });
    expect(train).not.toHaveBeenCalled();
  });

  it('may ask later, without the digest', async () => {
    const world = new FakeWorld();
    world.script('outcome', () => Response.json({ schema: 1, kind: 'surplus' }));
    const { device } = deviceIn(world);
    expect(await device.outcome({ model: 'digits', round: 4 })).toMatchObject({ kind: 'surplus' });
  });

  it('hears that its first upload was rejected, not its second', async () => {
    const answer = { schema: 1, kind: 'rejected', code: 'non-finite', duplicate: true };
    const world = new FakeWorld().script('outcome', () => Response.json(answer));
    expect(await deviceIn(world).device.participate('digits')).toEqual({
      kind: 'rejected',
      round: 4,
      code: 'non-finite',
      duplicate: true,
    });
  });
});

function slotOf(world: FakeWorld, url: string): object {
  return {
    schema: 1,
    url: `https://storage.example/updates/${world.round}?of=${url.length}`,
    headers: { 'if-none-match': '*' },
    expiresAt: 1,
  };
}
