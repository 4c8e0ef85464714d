import { afterEach, describe, expect, it, vi } from 'vitest';
import { browserHint } from '../../src/device/browser-hint.ts';
import { FakeWorld } from './support/fake-world.ts';
import { deviceIn } from './support/participants.ts';

const TARGET = 'https://abc.lambda-url.eu-west-1.on.aws/v1/models/digits/check-in?x=1';

afterEach(() => {
  vi.unstubAllGlobals();
});

function pageAt(origin: string): void {
  vi.stubGlobal('location', { origin });
}

describe('a request without an answer', () => {
  it('from a page of another origin names CORS and the setting', async () => {
    pageAt('https://app.example.com');
    const world = new FakeWorld().script('check-in', ...Array(100).fill('broken'));
    await expect(deviceIn(world).device.participate('digits')).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(
        /does not allow scripts of the origin https:\/\/app\.example\.com \(CORS\): .*-c allowedOrigins=https:\/\/app\.example\.com$/,
      ),
    });
  });

  it('of the upload names it too: the bucket has origins of its own', async () => {
    pageAt('https://app.example.com');
    const world = new FakeWorld().script('put', ...Array(100).fill('broken'));
    await expect(deviceIn(world).device.participate('digits')).rejects.toMatchObject({
      message: expect.stringContaining('https://storage.example does not allow scripts'),
    });
  });

  it('names no CORS outside of browsers, on the same origin, and where the fault is known', async () => {
    expect(browserHint(TARGET)).toBe('');
    pageAt('https://abc.lambda-url.eu-west-1.on.aws');
    expect(browserHint(TARGET)).toBe('');
    pageAt('https://app.example.com');
    const refused = () => {
      const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      throw new TypeError('failed', { cause });
    };
    const world = new FakeWorld().script('check-in', ...Array(100).fill(refused));
    const participation = deviceIn(world).device.participate('digits');
    const message = await participation.then(String, String);
    expect(message).not.toContain('CORS');
  });

  it('names mixed content, which localhost is not', () => {
    pageAt('https://app.example.com');
    expect(browserHint('http://10.0.0.7:4566/v1')).toContain('mixed content');
    expect(browserHint('http://127.0.0.1:4566/v1')).toContain('CORS');
  });

  it('says that a page opened from a file can not be allowed', () => {
    pageAt('null');
    expect(browserHint(TARGET)).toContain('no origin that could be allowed');
  });
});
