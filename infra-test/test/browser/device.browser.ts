/** A device in a real browser, its page on another origin than the federation. */
import { Device, type TrainFunction } from '@tributary/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PageReport, PageSettings } from './pages/page-settings.ts';
import { type PageWorld, startPageWorld } from './support/page-world.ts';

/** Four fifths of it is TensorFlow.js. */
const PAGE_GZIP_BYTES_MAX = 400_000;

let world: PageWorld;
beforeAll(async () => {
  world = await startPageWorld();
});
afterAll(() => world?.close());

/** A page that computes in the way that starts fastest. */
function ada(model: string): PageSettings {
  const { coordinatorUrl } = world.federation.deployed;
  return { coordinatorUrl, model, deviceId: 'ada', prefer: 'cpu' };
}

/** Takes part from Node, without training. */
async function takePart(deviceId: string, model: string): Promise<void> {
  const train: TrainFunction = (weights) => ({ weights, exampleCount: 1 });
  const device = new Device({
    federation: world.federation.federationOf(deviceId),
    deviceId,
    train,
  });
  await device.participate(model, { awaitOutcome: false });
}

const resultOf = (model: string) => world.federation.operator.waitForRound(model, 1);

describe('the bundle of a page', () => {
  it('holds nothing that is for Node', () => {
    const { inputs, externals, eagerGzipBytes } = world.bundle;
    const isForNode = (input: string) =>
      /node_modules\/(@aws-sdk|@smithy|undici|@tensorflow\/tfjs-node)\//.test(input);
    expect(inputs.filter(isForNode)).toEqual([]);
    expect(externals).toEqual([]);
    process.stdout.write(`A device's page loads ${eagerGzipBytes} bytes of gzipped scripts\n`);
    expect(eagerGzipBytes).toBeLessThan(PAGE_GZIP_BYTES_MAX);
  });
});

describe('a page of an allowed origin', () => {
  it('trains, and its update is in the published version', async () => {
    await world.startRound('line');
    const page = await (await world.openTab()).open(world.origin, ada('line'));
    expect(await page.report('accepted')).toEqual({
      kind: 'accepted',
      text: '{"kind":"accepted","round":1,"version":1}',
      notices: [],
      waits: [],
    });
    expect(await resultOf('line')).toMatchObject({ kind: 'published', version: 1, included: 1 });
    const { weights } = await world.federation.operator.weights('line');
    expect(weights['line/kernel']?.data[0]).toBeCloseTo(2, 1);
    expect(weights['line/bias']?.data[0]).toBeCloseTo(1, 1);
  });

  it('reads every header that the library looks at', async () => {
    const { coordinatorUrl, bucket } = world.federation.deployed;
    const { endpoint } = world.federation.cloud;
    const page = await world.openTab();
    await page.tab.goto(`${world.origin}/nothing`);
    const read = (url: string) =>
      page.tab.evaluate(async (asked) => {
        const { headers } = await fetch(asked);
        return Date.parse(headers.get('date') ?? '');
      }, url);
    expect(await read(coordinatorUrl)).toBeGreaterThan(0);
    expect(await read(`${endpoint}/${bucket}/models/line/plan.json`)).toBeGreaterThan(0);
  });

  it('loses no weights to metrics that are no numbers', async () => {
    await world.startRound('metrics');
    const settings = {
      ...ada('metrics'),
      metrics: { accuracy: 'NaN', speed: 'Infinity', ok: '3' },
    };
    const page = await (await world.openTab()).open(world.origin, settings);
    const { kind, notices } = await page.report('metrics-left-out');
    expect(kind).toBe('accepted');
    expect(notices).toHaveLength(2);
    expect(notices.join()).toMatch(/accuracy.*speed/);
    const result = await resultOf('metrics');
    const means = result.kind === 'published' ? result.trainingMetrics : {};
    expect(Object.keys(means).sort()).toEqual(['loss', 'ok']);
  });

  it('works where bodies are no streams and much else is missing, as in React Native', async () => {
    await world.startRound('react-native');
    const page = await world.openTab();
    await page.tab.addInitScript(() => {
      const missing: readonly (readonly [object, readonly string[]])[] = [
        [Response.prototype, ['body', 'bytes']],
        [AbortSignal.prototype, ['reason', 'throwIfAborted']],
        [AbortSignal, ['any', 'timeout']],
        [URL, ['canParse', 'parse']],
        [Crypto.prototype, ['randomUUID']],
        [Array.prototype, ['toSorted', 'toReversed', 'toSpliced', 'with']],
        [globalThis, ['structuredClone', 'FinalizationRegistry']],
      ];
      for (const [owner, names] of missing)
        for (const name of names) Reflect.deleteProperty(owner, name);
    });
    await page.open(world.origin, ada('react-native'));
    const { kind, text } = await page.report('react-native');
    expect(`${kind} ${text}`).toContain('accepted');
  });
});

describe('a worker of a page', () => {
  const reportOfWorker = async (origin: string, model: string): Promise<PageReport> => {
    const page = await world.openTab();
    await page.tab.goto(`${origin}/nothing`);
    const settings = { ...ada(model), prefer: 'wasm', wasmPaths: '/wasm/' };
    const address = `/line-device.js#${encodeURIComponent(JSON.stringify(settings))}`;
    return page.tab.evaluate((script) => {
      const worker = new Worker(script, { type: 'module' });
      return new Promise((resolve) => {
        worker.onmessage = ({ data }) => resolve(data);
      });
    }, address);
  };

  it('trains, and its update is accepted', async () => {
    await world.startRound('worker');
    expect(await reportOfWorker(world.origin, 'worker')).toMatchObject({ kind: 'accepted' });
  });

  it('of another origin hears that it is not allowed', async () => {
    const { kind, text } = await reportOfWorker(world.foreignOrigin, 'worker');
    expect(kind).toBe('origin-not-allowed');
    expect(text).toContain(`scripts of the origin ${world.foreignOrigin} (CORS)`);
  });
});

describe('a page that may not take part', () => {
  it('of another origin hears the reason and the remedy after three attempts', async () => {
    await world.startRound('foreign');
    const page = await (await world.openTab()).open(world.foreignOrigin, ada('foreign'));
    const { kind, text, waits } = await page.report('origin-not-allowed');
    expect(kind).toBe('origin-not-allowed');
    const cloud = new URL(world.federation.deployed.coordinatorUrl).origin;
    expect(text).toContain(
      `${cloud} does not allow scripts of the origin ${world.foreignOrigin} (CORS); the operator of the federation allows it with cdk deploy -c allowedOrigins=${world.foreignOrigin}`,
    );
    expect(waits).toEqual([text, text]);
    expect(await page.trainings()).toBe(0);
  });

  it('by plain http hears that it takes a secure context', async () => {
    await world.startRound('plain');
    const page = await (await world.openTab()).open(world.plainOrigin, ada('plain'));
    expect(await page.tab.evaluate(() => isSecureContext)).toBe(false);
    const { kind, text } = await page.report('plain-http');
    expect(kind).toBe('web-crypto-missing');
    expect(text).toMatch(/secure contexts only; serve the page by https or from localhost/);
    expect(await page.trainings()).toBe(0);
  });

  it('with a second copy of TensorFlow.js hears that there are two', async () => {
    await world.startRound('copies');
    const settings = { ...ada('copies'), hasSecondCopy: true };
    const page = await (await world.openTab()).open(world.origin, settings);
    const { kind, text } = await page.report('two-copies');
    expect(kind).toBe('tensorflow-duplicate');
    expect(text).toMatch(/made by another copy of TensorFlow\.js.*a page loads it from one place/);
  });
});

describe('a page that is loaded again', () => {
  it('while it trained takes its place and trains again', async () => {
    await world.startRound('training');
    const page = await world.openTab();
    await page.open(world.origin, { ...ada('training'), hangs: true });
    await page.reached('training');
    await page.open(world.origin, ada('training'));
    expect(await page.report('reloaded-in-training')).toMatchObject({ kind: 'accepted' });
    expect(await page.trainings()).toBe(2);
    expect(await resultOf('training')).toMatchObject({ included: 1 });
  });

  it('while it waited for its outcome does not train again, and gets it', async () => {
    await world.startRound('waiting', 2);
    const page = await (await world.openTab()).open(world.origin, ada('waiting'));
    await page.reached('outcome');
    await page.open(world.origin, ada('waiting'));
    await page.reached('outcome');
    await takePart('bo', 'waiting');
    expect(await page.report('reloaded-while-waiting')).toMatchObject({ kind: 'accepted' });
    expect(await page.trainings()).toBe(1);
    expect(await resultOf('waiting')).toMatchObject({ included: 2 });
  });

  it('when storage had its update and the page did not know does not train again', async () => {
    await world.startRound('stored', 2);
    const page = await world.openTab();
    let markStored = (): void => undefined;
    const stored = new Promise<void>((resolve) => {
      markStored = resolve;
    });
    await page.tab.route('**/updates/**', async (route) => {
      await route.fetch();
      markStored();
    });
    await page.open(world.origin, ada('stored'));
    await stored;
    await page.tab.unrouteAll();
    await page.open(world.origin, ada('stored'));
    await page.reached('outcome');
    await takePart('bo', 'stored');
    expect(await page.report('reloaded-after-upload')).toMatchObject({ kind: 'accepted' });
    expect(await page.trainings()).toBe(1);
  });
});
