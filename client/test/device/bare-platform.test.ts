import { afterEach, describe, expect, it, vi } from 'vitest';
import { readInto, readStart } from '../../src/device/body.ts';
import { FakeWorld } from './support/fake-world.ts';
import { addQuarter, deviceIn, storedUpdate } from './support/participants.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** A response as React Native has it: its body is no stream. */
function withoutStream(response: Response): Response {
  return new Proxy(response, {
    get(target, name) {
      if (name === 'body') return undefined;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Takes from the platform what React Native lacks. */
function asReactNative(world: FakeWorld): void {
  const { fetch } = world.environment;
  Object.assign(world.environment, {
    fetch: async (url: string, init: RequestInit) => withoutStream(await fetch(url, init)),
  });
  vi.spyOn(URL, 'canParse').mockImplementation(() => {
    throw new TypeError('URL.canParse is not a function');
  });
  vi.spyOn(URL.prototype, 'origin', 'get').mockImplementation(() => {
    throw new Error('URL.origin is not implemented');
  });
  vi.spyOn(AbortSignal.prototype, 'throwIfAborted').mockImplementation(() => {
    throw new TypeError('signal.throwIfAborted is not a function');
  });
}

describe('a platform whose responses have no stream', () => {
  it('reads bodies whole, within the same bounds', async () => {
    const response = () => withoutStream(new Response(Uint8Array.of(1, 2, 3)));
    expect(await readStart(response(), 2)).toEqual(Uint8Array.of(1, 2));
    const target = new Uint8Array(3);
    const seen: number[] = [];
    expect(await readInto(response(), target, (bytes) => seen.push(bytes))).toBe(3);
    expect([target, seen]).toEqual([Uint8Array.of(1, 2, 3), [3]]);
    expect(await readInto(response(), new Uint8Array(2), () => undefined)).toBeUndefined();
  });

  it('takes part in a round', async () => {
    const world = new FakeWorld();
    world.pieces = 1;
    const { file } = world;
    world.script('get', () => new Response(Uint8Array.from(file)));
    asReactNative(world);
    expect(await deviceIn(world).device.participate('digits')).toMatchObject({ kind: 'accepted' });
    expect(storedUpdate(world).delta['bias']?.data).toEqual(Float32Array.of(0.25));
  });

  it('says what could not be reached, though its URLs have no origin', async () => {
    const world = new FakeWorld().script('check-in', ...Array(100).fill('broken'));
    asReactNative(world);
    await expect(deviceIn(world).device.participate('digits')).rejects.toMatchObject({
      message: expect.stringContaining('https://coordinator.example/federation/v1/models'),
    });
  });

  it('is aborted by signals that know no reason', async () => {
    const controller = new AbortController();
    vi.spyOn(controller.signal, 'reason', 'get').mockReturnValue(undefined);
    const world = new FakeWorld();
    asReactNative(world);
    const { device } = deviceIn(world, (...given) => {
      controller.abort();
      return addQuarter(...given);
    });
    const participation = device.participate('digits', { signal: controller.signal });
    await expect(participation).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a platform without WebCrypto, such as a page on plain http', () => {
  it.each([
    ['no subtle', {}],
    ['no crypto', undefined],
  ])('is told at once that it needs a secure context: %s', async (_name, crypto) => {
    vi.stubGlobal('crypto', crypto);
    const world = new FakeWorld();
    const { device, train } = deviceIn(world);
    await expect(device.participate('digits')).rejects.toMatchObject({
      name: 'DeploymentError',
      code: 'web-crypto-missing',
      message: expect.stringMatching(
        /secure contexts only; serve the page by https or from localhost/,
      ),
    });
    expect(world.requests).toEqual([]);
    expect(train).not.toHaveBeenCalled();
  });
});
