import { describe, expect, it } from 'vitest';
import { FakeWorld, refusal, type Scripted, storageError } from './support/fake-world.ts';
import { deviceIn, storedUpdate } from './support/participants.ts';

const accepted = { kind: 'accepted', round: 4, version: 4 };

function putBodies(world: FakeWorld): string[] {
  return world.requests
    .filter(({ kind }) => kind === 'put')
    .map(({ body }) => Buffer.from(body ?? []).toString('hex'));
}

function withHeader(response: Response, retryAfter: string): Response {
  response.headers.set('retry-after', retryAfter);
  return response;
}

describe('retries against the coordinator', () => {
  const passing: readonly [string, Scripted][] = [
    ['500', refusal(500, { code: 'internal' })],
    ['502 in HTML', new Response('<html>Bad gateway</html>', { status: 502 })],
    ['429', new Response(null, { status: 429 })],
    ['a broken connection', 'broken'],
    ['a lost response', 'lost'],
  ];
  it.each(passing)('asks again after %s at every route', async (_name, fault) => {
    const world = new FakeWorld();
    for (const kind of ['check-in', 'slot', 'outcome'] as const) {
      world.script(kind, fault instanceof Response ? fault.clone() : fault);
    }
    const { device, train } = deviceIn(world);
    expect(await device.participate('digits')).toEqual(accepted);
    expect(world.kinds()).toBe('check-in check-in get slot slot put outcome outcome');
    expect(train).toHaveBeenCalledTimes(1);
  });

  it('asks again when the answer breaks off or never comes', async () => {
    const world = new FakeWorld();
    const broken = new ReadableStream({ start: (c) => c.error(new TypeError('terminated')) });
    world.script('check-in', new Response(broken), ({ signal }) => {
      const pending = new Promise<Response>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      );
      for (const fire of world.timers) fire();
      return pending;
    });
    expect(await deviceIn(world).device.participate('digits')).toEqual(accepted);
    expect(world.count('check-in')).toBe(3);
    expect(world.timers.size).toBe(0);
  });

  it('waits as retry-after says, by header or body, whichever is longer', async () => {
    const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1000).toUTCString();
    const world = new FakeWorld().script(
      'check-in',
      new Response(null, { status: 503, headers: { 'retry-after': '7' } }),
      new Response(null, { status: 503, headers: { 'retry-after': at(60) } }),
      refusal(503, { code: 'keys-unavailable', retryAfterSeconds: 11 }),
      withHeader(refusal(503, { code: 'busy', retryAfterSeconds: 2 }), '5'),
      withHeader(refusal(503, { code: 'busy', retryAfterSeconds: 5 }), '2'),
    );
    await deviceIn(world).device.participate('digits');
    // Half of the jitter's bounds 500, 1000, 2000, … ms on top; the first wait moved the clock by 7.25 s.
    expect(world.sleeps).toEqual([7250, 60_000 - 7250 + 500, 12_000, 7_000, 9_000]);
  });

  it('gives up with the last reason when the total time is over', async () => {
    const world = new FakeWorld();
    world.script('check-in', ...Array.from({ length: 99 }, () => refusal(503, { code: 'busy' })));
    const participation = deviceIn(world).device.participate('digits');
    await expect(participation).rejects.toMatchObject({
      name: 'InvocationFailedError',
      code: 'busy',
      detail: { status: 503 },
    });
    const waited = world.sleeps.reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeGreaterThan(4 * 60_000);
    expect(waited).toBeLessThanOrEqual(5 * 60_000);
    expect(Math.max(...world.sleeps)).toBeLessThanOrEqual(30_000);
  });

  const final: readonly [number, string][] = [
    [400, 'model-name'],
    [401, 'token-expired'],
    [404, 'model-unknown'],
    [413, 'update-too-large'],
  ];
  it.each(final)('asks no second time after %i', async (status, code) => {
    const detail = { hint: 1 };
    const world = new FakeWorld().script('slot', refusal(status, { code, detail }));
    await expect(deviceIn(world).device.participate('digits')).rejects.toMatchObject({
      name: 'RequestRefusedError',
      code,
      detail: { hint: 1, status },
    });
    expect(world.kinds()).toBe('check-in get slot');
  });

  it('names the status when a refusal has no body of the protocol', async () => {
    const world = new FakeWorld().script('check-in', new Response('Forbidden', { status: 403 }));
    await expect(deviceIn(world).device.participate('digits')).rejects.toMatchObject({
      code: 'not-a-coordinator',
      detail: { status: 403 },
    });
  });

  it.each([
    ['of a newer schema', 'schema-newer', Response.json({ schema: 2, kind: 'no-round' })],
    ['not of the protocol', 'json-invalid', Response.json({ schema: 1, kind: 'maybe' })],
  ])('refuses an answer that is %s', async (_name, code, answer) => {
    const world = new FakeWorld().script('check-in', answer);
    await expect(deviceIn(world).device.participate('digits')).rejects.toMatchObject({
      name: 'ObjectInvalidError',
      code,
    });
  });
});

describe('retries of the upload', () => {
  it('F12: takes a 412 after its own lost response as arrived, and is accepted once', async () => {
    const world = new FakeWorld().script('put', 'lost');
    const { device, train } = deviceIn(world);
    expect(await device.participate('digits')).toEqual(accepted);
    expect(world.kinds()).toBe('check-in get slot put put outcome');
    expect(train).toHaveBeenCalledTimes(1);
  });

  it('F12: learns from the outcome that a 412 was for an earlier upload of other bytes', async () => {
    const world = new FakeWorld();
    world.stored.set('/updates/4', Uint8Array.of(1, 2, 3));
    expect(await deviceIn(world).device.participate('digits')).toEqual({
      kind: 'duplicate',
      round: 4,
      version: 4,
    });
    expect(world.count('put')).toBe(1);
  });

  it('F13: sends the same bytes again after each 409, which wrote nothing', async () => {
    const conflict = () => storageError(409, 'ConditionalRequestConflict');
    const world = new FakeWorld().script('put', conflict(), conflict(), conflict());
    expect(await deviceIn(world).device.participate('digits')).toEqual(accepted);
    const bodies = putBodies(world);
    expect(bodies).toHaveLength(4);
    expect(new Set(bodies).size).toBe(1);
    expect(bodies[0]).toBe(Buffer.from(storedUpdate(world).bytes).toString('hex'));
  });

  it.each([
    ['503 with retry-after', () => storageError(503, 'SlowDown'), 250],
    ['500', () => storageError(500, 'InternalError'), 250],
    ['a timed-out body', () => storageError(400, 'RequestTimeout'), 250],
  ])('sends the same bytes again after %s', async (_name, fault, waitMs) => {
    const world = new FakeWorld().script('put', fault(), 'broken');
    expect(await deviceIn(world).device.participate('digits')).toEqual(accepted);
    expect(new Set(putBodies(world)).size).toBe(1);
    expect(world.sleeps[0]).toBe(waitMs);
  });

  it('honours retry-after of storage', async () => {
    const slow = new Response(null, { status: 503, headers: { 'retry-after': '3' } });
    const world = new FakeWorld().script('put', slow);
    await deviceIn(world).device.participate('digits');
    expect(world.sleeps).toEqual([3250]);
  });

  it('names the code of storage when it refuses the upload', async () => {
    const world = new FakeWorld().script('put', storageError(403, 'SignatureDoesNotMatch'));
    await expect(deviceIn(world).device.participate('digits')).rejects.toMatchObject({
      code: 'storage-refused',
      message: expect.stringContaining('SignatureDoesNotMatch'),
      detail: { status: 403, storageCode: 'SignatureDoesNotMatch' },
    });
    expect(world.count('put')).toBe(1);
  });
});

describe('F21: URLs that die before their time', () => {
  const expired: readonly [string, () => Response][] = [
    ['403 ExpiredToken', () => storageError(403, 'ExpiredToken')],
    ['400 ExpiredToken', () => storageError(400, 'ExpiredToken')],
    ['an expired request', () => storageError(403, 'AccessDenied', 'Request has expired')],
  ];

  it.each(expired)('asks once for a fresh slot after %s', async (_name, answer) => {
    const world = new FakeWorld().script('put', () => {
      world.urlEdition = 2;
      return answer();
    });
    const { device, train } = deviceIn(world);
    expect(await device.participate('digits')).toEqual(accepted);
    expect(world.kinds()).toBe('check-in get slot put slot put outcome');
    expect(world.requests.at(-2)?.url).toContain('edition=2');
    expect(new Set(putBodies(world)).size).toBe(1);
    expect(train).toHaveBeenCalledTimes(1);
  });

  it.each(expired)('asks once for fresh weight URLs after %s', async (_name, answer) => {
    const world = new FakeWorld().script('get', () => {
      world.urlEdition = 2;
      return answer();
    });
    const { device, train } = deviceIn(world);
    expect(await device.participate('digits')).toEqual(accepted);
    expect(world.kinds()).toBe('check-in get version get slot put outcome');
    expect(world.requests[3]?.url).toContain('edition=2');
    expect(train).toHaveBeenCalledTimes(1);
  });

  it.each(['put', 'get'] as const)(
    'does not loop when a fresh URL to %s fails too',
    async (kind) => {
      const world = new FakeWorld();
      world.script(kind, ...Array.from({ length: 5 }, () => storageError(403, 'ExpiredToken')));
      await expect(deviceIn(world).device.participate('digits')).rejects.toMatchObject({
        code: 'url-expired',
      });
      expect(world.count(kind)).toBe(2);
    },
  );

  it('is late when the round closed before the fresh slot was asked for', async () => {
    const world = new FakeWorld();
    world.script('put', storageError(403, 'ExpiredToken'));
    world.script('slot', (request) => world.usual(request), refusal(409, { code: 'round-closed' }));
    expect(await deviceIn(world).device.participate('digits')).toEqual({ kind: 'late', round: 4 });
  });
});

describe('F05b: a base that was overtaken while training', () => {
  const wrongBase = () => refusal(409, { code: 'wrong-base', detail: { baseVersion: 5 } });
  const overtaken = (world: FakeWorld, answer: () => Response) => () => {
    world.round += 2;
    world.baseVersion += 2;
    return answer();
  };

  it('fetches the current base and trains again', async () => {
    const world = new FakeWorld();
    world.script('slot', overtaken(world, wrongBase));
    const { device, train } = deviceIn(world);
    expect(await device.participate('digits')).toEqual({ kind: 'accepted', round: 6, version: 6 });
    expect(train).toHaveBeenCalledTimes(2);
    expect(storedUpdate(world).metadata['base_version']).toBe('5');
  });

  it('does so too when its round closed and a later one is open', async () => {
    const world = new FakeWorld();
    const detail = { round: 4, openRound: 6, baseVersion: 5 };
    const closed = () => refusal(409, { code: 'round-closed', detail });
    world.script('slot', overtaken(world, closed));
    expect(await deviceIn(world).device.participate('digits')).toMatchObject({ round: 6 });
  });

  it('gives up with the refusal after training three times', async () => {
    const world = new FakeWorld().script('slot', wrongBase(), wrongBase(), wrongBase());
    const { device, train } = deviceIn(world);
    await expect(device.participate('digits')).rejects.toMatchObject({
      name: 'RequestRefusedError',
      code: 'wrong-base',
      detail: { baseVersion: 5 },
    });
    expect(train).toHaveBeenCalledTimes(3);
    expect(world.count('put')).toBe(0);
  });

  it('reports the wait when there is no round to train for again', async () => {
    const none = Response.json({ schema: 1, kind: 'no-round', retryAfterSeconds: 2 });
    const world = new FakeWorld();
    world.script('check-in', (request) => world.usual(request), none);
    world.script('slot', wrongBase());
    expect(await deviceIn(world).device.participate('digits')).toEqual({
      kind: 'no-round',
      retryAfterSeconds: 2,
    });
  });
});

describe('downloads that are not what was announced', () => {
  const tampered = (world: FakeWorld) => () => {
    const { file } = world;
    file[file.length - 1] = (file.at(-1) ?? 0) ^ 1;
    return new Response(Uint8Array.from(file));
  };
  const followed = (file: Uint8Array) =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(file);
          controller.enqueue(Uint8Array.of(0));
          controller.close();
        },
      }),
    );
  const cases: readonly [string, (world: FakeWorld) => () => Response][] = [
    ['tampered with', tampered],
    ['too short', (world) => () => new Response(Uint8Array.from(world.file.subarray(1)))],
    ['too long', (world) => () => new Response(Uint8Array.of(...world.file, 0))],
    ['followed by another byte', (world) => () => followed(world.file)],
    ['empty', () => () => new Response(null)],
  ];

  it.each(cases)('fetches a file that is %s once more', async (_name, fault) => {
    const world = new FakeWorld();
    world.script('get', fault(world));
    expect(await deviceIn(world).device.participate('digits')).toEqual(accepted);
    expect(world.count('get')).toBe(2);
  });

  it.each(cases)('refuses a file that is %s twice, and does not train', async (_name, fault) => {
    const world = new FakeWorld();
    world.script('get', fault(world), fault(world));
    const { device, train } = deviceIn(world);
    await expect(device.participate('digits')).rejects.toMatchObject({
      name: 'ObjectInvalidError',
      code: 'download-corrupt',
    });
    expect(train).not.toHaveBeenCalled();
  });

  it('refuses a version larger than its plan before fetching a byte', async () => {
    const world = new FakeWorld();
    const answer = world.checkInAnswer();
    if (answer.kind !== 'selected') throw new Error('expected a selection');
    const files = answer.base.files.map((file) => ({ ...file, bytes: 2 ** 40 }));
    world.script('check-in', Response.json({ ...answer, base: { ...answer.base, files } }));
    await expect(deviceIn(world).device.participate('digits')).rejects.toMatchObject({
      code: 'version-too-large',
    });
    expect(world.count('get')).toBe(0);
  });

  it('starts a download that breaks off again', async () => {
    const world = new FakeWorld();
    const breaking = new ReadableStream({
      pull(controller) {
        controller.error(new TypeError('terminated'));
      },
    });
    world.script('get', new Response(breaking));
    expect(await deviceIn(world).device.participate('digits')).toEqual(accepted);
    expect(world.count('get')).toBe(2);
  });
});
