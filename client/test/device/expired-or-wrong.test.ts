import { describe, expect, it } from 'vitest';
import { FakeWorld, type Scripted, storageError } from './support/fake-world.ts';
import { deviceIn } from './support/participants.ts';

const accepted = { kind: 'accepted', round: 4, version: 4 };
const SIGNED = 'content-length';

describe('an upload that storage refuses', () => {
  const changed: readonly [string, () => Response][] = [
    ['a missing header or another length', () => storageError(403, 'SignatureDoesNotMatch')],
    [
      'a header too many',
      () =>
        storageError(
          403,
          'AccessDenied',
          'There were headers present in the request which were not signed',
        ),
    ],
    ['a body without a length', () => storageError(411, 'MissingContentLength')],
    ['a chunked body', () => storageError(501, 'NotImplemented')],
    ['other bytes', () => storageError(400, 'BadDigest')],
  ];

  it.each(changed)(
    'for %s is not sent again, and the message names what is signed',
    async (...[, answer]) => {
      const world = new FakeWorld().script('put', answer);
      const participation = deviceIn(world).device.participate('digits');
      await expect(participation).rejects.toMatchObject({
        name: 'RequestRefusedError',
        code: 'storage-refused',
      });
      const message = await participation.then(String, String);
      for (const part of [
        SIGNED,
        'not chunked',
        'not a form',
        'if-none-match',
        'x-amz-checksum-sha256',
      ]) {
        expect(message).toContain(part);
      }
      expect(world.kinds()).toBe('check-in get slot put');
    },
  );

  it('by its policy is not sent again either', async () => {
    const world = new FakeWorld().script('put', storageError(403, 'AccessDenied', 'Access Denied'));
    await expect(deviceIn(world).device.participate('digits')).rejects.toMatchObject({
      message: expect.stringContaining('bucket policy'),
    });
    expect(world.count('slot')).toBe(1);
  });

  it('is sent again when the body broke off', async () => {
    const world = new FakeWorld().script('put', storageError(400, 'IncompleteBody'));
    expect(await deviceIn(world).device.participate('digits')).toEqual(accepted);
    expect(world.kinds()).toBe('check-in get slot put put outcome');
  });
});

describe('a denial without a reason', () => {
  const bare: readonly [string, () => Response][] = [
    ['with a code alone', () => storageError(403, 'AccessDenied', 'Access Denied')],
    ['without a body', () => new Response(null, { status: 403 })],
  ];

  it.each(bare)('%s is an expiry once the lifetime of the slot is over', async (_name, denial) => {
    const world = new FakeWorld();
    // The attempt itself outlasts the slot, as an upload over a slow line may.
    const slow: Scripted = async () => {
      await world.environment.sleep(901_000, new AbortController().signal);
      return denial();
    };
    world.script('put', slow, slow);
    expect(await deviceIn(world).device.participate('digits')).toEqual(accepted);
    expect(world.kinds()).toBe('check-in get slot put slot put slot put outcome');
  });
});

describe('a slot', () => {
  it('is used for every attempt while its lifetime lasts', async () => {
    const world = new FakeWorld().script('put', 'broken', storageError(503, 'SlowDown'), 'broken');
    expect(await deviceIn(world).device.participate('digits')).toEqual(accepted);
    expect(world.count('slot')).toBe(1);
    expect(world.count('put')).toBe(4);
  });
});
