import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Environment } from '../../src/device/environment.ts';
import { Device, Federation } from '../../src/index.ts';
import {
  COORDINATOR_URL,
  FakeWorld,
  type RequestKind,
  type Scripted,
} from './support/fake-world.ts';
import { addQuarter } from './support/participants.ts';

const PAGE = 'https://app.example.com';

afterEach(() => {
  vi.unstubAllGlobals();
});

function pageAt(origin: string): void {
  vi.stubGlobal('origin', origin);
}

/** A browser: scripts hear nothing but that a request failed, unless they ask to read no answer. */
class Browser {
  readonly world = new FakeWorld();
  /** Addresses asked without a wish to read the answer. */
  readonly probes: string[] = [];
  readonly #isServerThere: boolean;

  /** @param isServerThere - Whether such questions are answered. */
  constructor(isServerThere: boolean) {
    this.#isServerThere = isServerThere;
  }

  participate(coordinatorUrl = COORDINATOR_URL): Promise<unknown> {
    const { environment } = this.world;
    const fetch: Environment['fetch'] = async (url, init) => {
      if (init.mode !== 'no-cors') return environment.fetch(url, init);
      this.probes.push(url);
      if (!this.#isServerThere) throw new TypeError('Failed to fetch');
      return { type: 'opaque' } as Response;
    };
    const federation = new Federation(
      { coordinatorUrl, token: 'opaque' },
      { environment: { ...environment, fetch } },
    );
    const device = new Device({ federation, deviceId: 'phone-1', train: addQuarter });
    return device.participate('digits');
  }

  failing(kind: RequestKind, answer: Scripted = 'broken'): this {
    this.world.script(kind, ...Array(100).fill(answer));
    return this;
  }
}

describe('a page whose origin is not allowed', () => {
  it('hears so after three attempts, with the remedy', async () => {
    pageAt(PAGE);
    const browser = new Browser(true).failing('check-in');
    await expect(browser.participate()).rejects.toMatchObject({
      name: 'DeploymentError',
      code: 'origin-not-allowed',
      message:
        'No answer to the check-in for model digits from https://coordinator.example/federation/v1/models/digits/check-in: the browser keeps its answers back, because https://coordinator.example does not allow scripts of the origin https://app.example.com (CORS); the operator of the federation allows it with cdk deploy -c allowedOrigins=https://app.example.com',
    });
    expect(browser.world.count('check-in')).toBe(3);
    expect(browser.probes).toEqual(Array(3).fill('https://coordinator.example/'));
  });

  it.each(['get', 'put'] as const)('hears so of the bucket too (%s)', async (kind) => {
    pageAt(PAGE);
    const browser = new Browser(true).failing(kind);
    await expect(browser.participate()).rejects.toMatchObject({
      code: 'origin-not-allowed',
      message: expect.stringContaining('https://storage.example does not allow scripts of'),
    });
    expect(browser.world.count(kind)).toBe(3);
  });

  it('and was opened from a file is told what to do', async () => {
    pageAt('null');
    await expect(new Browser(true).failing('check-in').participate()).rejects.toMatchObject({
      code: 'origin-not-allowed',
      message: expect.stringContaining('serve it by https or from localhost'),
    });
  });
});

describe('a page whose origin is allowed', () => {
  it('waits for a coordinator that answered before, whatever a probe says', async () => {
    pageAt(PAGE);
    const browser = new Browser(true);
    browser.world.script('slot', ...Array(6).fill('broken'));
    expect(await browser.participate()).toMatchObject({ kind: 'accepted' });
    expect(browser.world.count('slot')).toBe(7);
  });

  it('goes on after two broken connections', async () => {
    pageAt(PAGE);
    const browser = new Browser(true);
    browser.world.script('check-in', 'broken', 'broken').script('put', 'broken', 'broken');
    expect(await browser.participate()).toMatchObject({ kind: 'accepted' });
  });

  it('is not asked about when a download breaks off', async () => {
    pageAt(PAGE);
    const broken = () => {
      const body = new ReadableStream({
        pull: (controller) => controller.error(new TypeError('cut')),
      });
      return new Response(body);
    };
    const browser = new Browser(true);
    browser.world.script('get', broken, broken, broken, broken);
    expect(await browser.participate()).toMatchObject({ kind: 'accepted' });
    expect(browser.probes).toEqual([]);
  });
});

describe('a server that answers nothing at all', () => {
  it('is waited for; the advice names what pages may be held back by', async () => {
    pageAt(PAGE);
    const browser = new Browser(false).failing('check-in');
    await expect(browser.participate()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(
        /; check the connection and the address and try again\. A page also sends nothing where its Content-Security-Policy \(connect-src\) does not name the address, or where an extension of the browser blocks it$/,
      ),
    });
    expect(browser.world.count('check-in')).toBeGreaterThan(10);
  });

  it('is not probed outside of browsers, nor by its own pages', async () => {
    for (const origin of [undefined, 'https://coordinator.example']) {
      vi.stubGlobal('origin', origin);
      const browser = new Browser(true).failing('check-in');
      const participation = browser.participate();
      await expect(participation).rejects.toMatchObject({
        code: 'unreachable',
        message: expect.stringMatching(/; check the connection and the address and try again$/),
      });
      expect(browser.probes).toEqual([]);
    }
  });
});

describe('mixed content', () => {
  it('is named without a probe', async () => {
    pageAt(PAGE);
    const browser = new Browser(true).failing('check-in');
    await expect(browser.participate('http://10.0.0.7:4566/federation')).rejects.toMatchObject({
      code: 'mixed-content',
      message: expect.stringContaining('may not send requests to http://10.0.0.7:4566'),
    });
    expect(browser.probes).toEqual([]);
  });

  it.each(['localhost', '127.0.0.1', '127.0.0.2', 'cloud.localhost', '[::1]'])(
    'is not what %s is',
    async (host) => {
      pageAt(PAGE);
      const browser = new Browser(true).failing('check-in');
      await expect(browser.participate(`http://${host}:4566`)).rejects.toMatchObject({
        code: 'origin-not-allowed',
      });
    },
  );
});

it('a worker made from a blob has the origin of its page', async () => {
  pageAt(PAGE);
  vi.stubGlobal('location', { origin: 'null' });
  await expect(new Browser(true).failing('check-in').participate()).rejects.toMatchObject({
    message: expect.stringContaining(`scripts of the origin ${PAGE} (CORS)`),
  });
});
