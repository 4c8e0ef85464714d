import { describe, expect, it, vi } from 'vitest';
import {
  DeploymentError,
  Device,
  type DeviceOptions,
  Federation,
  type TokenSource,
  type TrainFunction,
} from '../../src/index.ts';
import { COORDINATOR_URL, FakeWorld } from './support/fake-world.ts';
import { addQuarter, deviceIn } from './support/participants.ts';

const jwt = (claims: object) =>
  ['{"alg":"none"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

function deviceWith(world: FakeWorld, token: TokenSource | undefined, deviceId = 'phone-1') {
  const federation = new Federation(
    { coordinatorUrl: COORDINATOR_URL, token },
    { environment: world.environment },
  );
  return new Device({ federation, deviceId, train: addQuarter });
}

describe('the identity of a device', () => {
  it.each(['phone-1', 'Gerät ①'])(
    'is its token: subject %s fits the same deviceId',
    async (sub) => {
      const world = new FakeWorld();
      const device = deviceWith(world, jwt({ sub }), sub);
      expect(await device.participate('digits')).toMatchObject({ kind: 'accepted' });
    },
  );

  it("is refused before any request when the token's subject is another", async () => {
    const world = new FakeWorld();
    const device = deviceWith(world, () => jwt({ sub: 'phone-2' }));
    await expect(device.participate('digits')).rejects.toMatchObject({
      name: 'DeploymentError',
      code: 'device-id-mismatch',
      message: expect.stringMatching(/"phone-2".*"phone-1"/),
    });
    expect(world.requests).toEqual([]);
  });

  it.each(['opaque', 'a.b.c', jwt({ aud: 'x' }), jwt({ sub: 7 })])(
    'is left to the coordinator when the token has no readable subject: %s',
    async (token) => {
      const device = deviceWith(new FakeWorld(), token);
      expect(await device.participate('digits')).toMatchObject({ kind: 'accepted' });
    },
  );

  it('asks a token function before each request, so that tokens may be short-lived', async () => {
    const world = new FakeWorld();
    let count = 0;
    await deviceWith(world, async () => `token-${++count}`).participate('digits');
    const shown = world.requests.map(({ headers }) => headers['authorization']).filter(Boolean);
    expect(shown).toEqual(['Bearer token-2', 'Bearer token-3', 'Bearer token-4']);
  });

  it.each([undefined, '', () => ''])('needs a token: %o', async (token) => {
    await expect(deviceWith(new FakeWorld(), token).participate('digits')).rejects.toMatchObject({
      code: 'token-missing',
    });
  });

  it('does not wait for a token function after an abort', async () => {
    const controller = new AbortController();
    const device = deviceWith(new FakeWorld(), () => {
      controller.abort();
      return new Promise<string>(() => undefined);
    });
    const { signal } = controller;
    await expect(device.participate('digits', { signal })).rejects.toBe(signal.reason);
  });

  it('whose token function throws is told so, with the cause', async () => {
    const cause = new Error('password "secret" is wrong');
    const failing = [
      () => {
        throw cause;
      },
      () => Promise.reject(cause),
    ];
    for (const token of failing) {
      const world = new FakeWorld();
      const error = await deviceWith(world, token)
        .participate('digits')
        .catch((e: unknown) => e);
      expect(error).toMatchObject({ name: 'DeploymentError', code: 'token-failed', cause });
      expect(String(error)).not.toContain('secret');
      expect(world.requests).toEqual([]);
    }
  });

  it("whose token function throws an error of Tributary's own gets it as it is", async () => {
    const own = new DeploymentError('The vault is sealed', { code: 'vault-sealed' });
    const device = deviceWith(new FakeWorld(), () => Promise.reject(own));
    await expect(device.participate('digits')).rejects.toBe(own);
  });

  it('needs the address of the coordinator', () => {
    const federation = new Federation({ coordinatorFunction: 'coordinator' });
    expect(() => new Device({ federation, deviceId: 'phone-1', train: addQuarter })).toThrow(
      expect.objectContaining({ code: 'coordinator-url-missing' }),
    );
  });
});

describe('a device', () => {
  const federation = new Federation({ coordinatorUrl: COORDINATOR_URL, token: 'opaque' });
  const given = { federation, deviceId: 'phone-1', train: addQuarter };
  it.each<[string, unknown, RegExp]>([
    [
      'nothing',
      undefined,
      /^The options of Device are nothing, expected an object with federation, /,
    ],
    ['no federation', {}, /^Option federation of Device is nothing/],
    ['a URL', { ...given, federation: COORDINATOR_URL }, /^Option federation .*coordinator/],
    ['no deviceId', { ...given, deviceId: undefined }, /^Option deviceId of Device is nothing/],
    ['a number as deviceId', { ...given, deviceId: 7 }, /^Option deviceId of Device is 7/],
    [
      'a misspelt deviceId',
      { ...given, deviceID: 'a' },
      /^Device got the unknown option "deviceID", perhaps meant for "deviceId"; expected one of federation, deviceId, train$/,
    ],
    ['no train', { federation, deviceId: 'a' }, /^Option train of Device is nothing, expected a f/],
    ['a model as train', { ...given, train: {} }, /^Option train of Device is an object/],
  ])('of %s is refused by the name of the option', (_, options, message) => {
    const make = () => new Device(options as DeviceOptions);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });

  it('needs a federation with options', () => {
    expect(() => new Federation(undefined as never)).toThrow(
      /^The options of Federation are nothing, expected an object with coordinatorUrl, token, /,
    );
    expect(() => new Federation({ coordinatorUrl: new URL('https://a.test') as never })).toThrow(
      /^coordinatorUrl is an? URL, expected the text of/,
    );
  });
});

describe('participations of one device', () => {
  it('are one at a time per model', async () => {
    const world = new FakeWorld();
    const { device } = deviceIn(world);
    const first = device.participate('digits');
    await expect(device.participate('digits')).rejects.toMatchObject({
      name: 'RequestRefusedError',
      code: 'already-participating',
    });
    expect(await first).toMatchObject({ kind: 'accepted' });
    expect(await device.participate('digits')).toMatchObject({ kind: 'accepted' });
  });

  it('in several models train one after the other', async () => {
    const world = new FakeWorld();
    let running = 0;
    const train: TrainFunction = async (...given) => {
      running += 1;
      expect(running).toBe(1);
      await new Promise((resolve) => setTimeout(resolve));
      running -= 1;
      return addQuarter(...given);
    };
    const { device } = deviceIn(world, train);
    const outcomes = await Promise.all([
      device.participate('digits'),
      device.participate('letters'),
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'accepted']);
  });

  it.each(['../digits', 'a/b', '', 'ä'])('refuse the model name %o', async (model) => {
    const world = new FakeWorld();
    await expect(deviceIn(world).device.participate(model)).rejects.toMatchObject({
      code: 'model-name',
    });
    expect(world.requests).toEqual([]);
  });
});

describe('a train function', () => {
  it('that throws surfaces as the cause, and nothing is uploaded', async () => {
    const world = new FakeWorld();
    const cause = new RangeError('pixel 17 is -3');
    const { device } = deviceIn(world, () => {
      throw cause;
    });
    const error = await device.participate('digits').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'InvocationFailedError',
      code: 'train-failed',
      detail: { phase: 'training', model: 'digits', round: 4 },
      cause,
    });
    expect(String(error)).not.toContain('pixel');
    expect(world.kinds()).toBe('check-in get');
  });

  it('may fail once and succeed in the next participation', async () => {
    const train = vi.fn(addQuarter).mockRejectedValueOnce(new Error('Out of memory'));
    const { device } = deviceIn(new FakeWorld(), train);
    await expect(device.participate('digits')).rejects.toMatchObject({ code: 'train-failed' });
    expect(await device.participate('digits')).toMatchObject({ kind: 'accepted' });
  });

  it('that reports progress after it returned is not heard', async () => {
    let tell: () => void = () => undefined;
    const { device } = deviceIn(new FakeWorld(), (weights, plan, context) => {
      tell = () => context.onProgress({ done: 9, total: 9, unit: 'step' });
      tell();
      return addQuarter(weights, plan, context);
    });
    const seen: string[] = [];
    await device.participate('digits', {
      onProgress: ({ phase, unit }) => {
        if (phase === 'upload') tell();
        seen.push(`${phase} ${unit}`);
      },
    });
    expect(seen.filter((entry) => entry === 'training step')).toHaveLength(1);
  });

  it('gets the plan and the weights of the base version', async () => {
    const world = new FakeWorld();
    const { device, train } = deviceIn(world, (_weights, plan, { signal }) => {
      expect(signal.aborted).toBe(false);
      expect(plan.training).toEqual({ epochs: 1 });
      throw new Error('Seen enough');
    });
    await expect(device.participate('digits')).rejects.toMatchObject({ code: 'train-failed' });
    expect(train.mock.calls[0]?.[0]).toEqual({
      w: { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
      bias: { dtype: 'F32', shape: [], data: Float32Array.of(0.5) },
    });
  });
});

describe('a progress callback', () => {
  it.each(['download', 'training', 'upload', 'outcome'])(
    'that throws during %s ends the participation with its error',
    async (wanted) => {
      const cause = new Error('Widget is gone');
      const onProgress = vi.fn(({ phase }: { phase: string }) => {
        if (phase === wanted) throw cause;
      });
      const { device } = deviceIn(new FakeWorld());
      const error = await device.participate('digits', { onProgress }).catch((e: unknown) => e);
      const calls = onProgress.mock.calls.length;
      expect(error).toMatchObject({ code: 'progress-callback-failed', cause });
      expect(onProgress.mock.calls.at(-1)?.[0].phase).toBe(wanted);
      expect(onProgress).toHaveBeenCalledTimes(calls);
    },
  );

  it('whose error the train function swallows ends the participation all the same', async () => {
    const world = new FakeWorld();
    const { device } = deviceIn(world, (weights, _plan, { onProgress }) => {
      expect(() => onProgress({ done: 1, total: 2 })).toThrow();
      expect(() => onProgress({ done: 2, total: 2 })).toThrow();
      return { weights, exampleCount: 1 };
    });
    let failures = 0;
    const onProgress = ({ phase }: { phase: string }) => {
      if (phase !== 'training') return;
      failures += 1;
      throw new Error('Widget is gone');
    };
    await expect(device.participate('digits', { onProgress })).rejects.toMatchObject({
      code: 'progress-callback-failed',
    });
    expect(world.count('slot')).toBe(0);
    expect(failures).toBe(1);
  });
});
