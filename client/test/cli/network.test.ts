import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LocalFederation, startLocalFederation } from '@tributary/infra-test';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LoopbackProxy } from '../proxy/support/loopback-proxy.ts';
import { COMMAND_TIMEOUT_MS, type Finished, testFolder } from './support/command.ts';

const BIN = fileURLToPath(new URL('../../bin/tributary.js', import.meta.url));
const LONG = { timeout: COMMAND_TIMEOUT_MS };

/** Read before the command: its clock is a day and two hours ahead. */
const CLOCK_AHEAD = `
const { now } = Date;
const RealDate = Date;
const offset = 26 * 3600 * 1000;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(now() + offset);
    else super(...given);
  }
  static now() {
    return now() + offset;
  }
};
`;
const TRAIN = `export const train = (weights) => ({ weights, exampleCount: 1 });`;

let local: LocalFederation;
let proxy: LoopbackProxy;

beforeAll(async () => {
  local = await startLocalFederation();
}, COMMAND_TIMEOUT_MS);
afterAll(() => local.close());
beforeEach(async () => {
  proxy = new LoopbackProxy();
  await proxy.start();
});
afterEach(() => proxy.stop());

/** A folder with the federation's configuration, a clock that is wrong and a training script. */
async function workFolder(): Promise<string> {
  const { coordinatorUrl, coordinatorFunction } = local.deployed;
  const { endpoint, region } = local.cloud;
  const config = { coordinatorUrl, coordinatorFunction, endpoint, region };
  return testFolder({
    'tributary.json': JSON.stringify(config),
    'clock.mjs': CLOCK_AHEAD,
    'train.mjs': TRAIN,
    'ada.jwt': await local.identity.token({ subject: 'ada' }),
  });
}

interface Setting {
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Loaded before the command. */
  readonly preload?: string;
}

async function run(setting: Setting, ...parameters: string[]): Promise<Finished> {
  const { folder: cwd, environment = {}, preload } = setting;
  const { accessKeyId, secretAccessKey } = local.cloud.credentials;
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  const before = preload === undefined ? [] : ['--import', join(cwd, preload)];
  const child = spawn(process.execPath, [...before, BIN, ...parameters], {
    cwd,
    env: { ...process.env, ...keys, ...environment },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stdout, stderr };
}

describe('the command line behind a proxy', () => {
  it('asks functions, coordinator and storage through it, signatures intact', LONG, async () => {
    const folder = await workFolder();
    const environment = { HTTP_PROXY: proxy.url, no_proxy: 'other.example' };
    const behind = { folder, environment };
    const weights = { w: { dtype: 'F32', shape: [1], data: Float32Array.of(1) } } as const;
    await local.operator.createModel({ model: 'proxied', weights });
    await local.operator.startRound('proxied', { goal: 2, minimum: 1, deadlineSeconds: 300 });

    const listed = await run(behind, 'model', 'list', '--json');
    expect([listed.exitCode, JSON.parse(listed.stdout)]).toEqual([0, { models: ['proxied'] }]);
    expect(proxy.seen).toEqual([expect.stringMatching(/^POST http:.*\/invocations$/)]);

    const device = run(
      behind,
      ...['device', 'run', 'proxied', '--data', '.', '--train', 'train.mjs'],
      ...['--device-id', 'ada', '--token-file', 'ada.jwt'],
    );
    await expect
      .poll(() => proxy.seen.some((line) => line.includes('/outcome')), { timeout: 60_000 })
      .toBe(true);
    await local.operator.abortRound('proxied', 1);
    expect((await device).exitCode).toBe(3);
    const text = proxy.seen.join('\n');
    expect(text).toMatch(
      /POST .*\/check-in\n(.*\n)*GET .*\/models\/proxied\/(.*\n)*PUT .*\/updates\//,
    );
  });
});

describe('the command line of a machine whose clock is 26 hours ahead', () => {
  it('is answered, and told so', LONG, async () => {
    const folder = await workFolder();
    const { exitCode, stderr } = await run({ folder, preload: 'clock.mjs' }, 'model', 'list');
    expect([exitCode, stderr]).toEqual([
      0,
      expect.stringContaining("This machine's clock is 26 h 0 min ahead of the time of AWS"),
    ]);
  });

  it('takes part as a device', LONG, async () => {
    const folder = await workFolder();
    const device = await run(
      { folder, preload: 'clock.mjs' },
      ...['device', 'run', 'nowhere', '--data', '.', '--train', 'train.mjs'],
      ...['--device-id', 'ada', '--token-file', 'ada.jwt'],
    );
    // The token was accepted: the coordinator looked for the model.
    expect([device.exitCode, device.stderr]).toEqual([6, expect.stringContaining('nowhere')]);
  });
});
