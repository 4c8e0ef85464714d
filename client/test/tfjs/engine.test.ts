import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { prepareEngine } from '@tributary/client/tfjs';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

it('the engine names its backend and what it passed over', async () => {
  const report = await prepareEngine();
  expect(report.backend).toBe(tf.getBackend());
  expect(report.version).toBe(tf.version.tfjs);
  // No path of this machine, and no page of advice: one sentence.
  expect(report.reason).not.toMatch(/node_modules|\n/);
  if (report.backend === 'wasm') {
    expect(report.reason).toBe(
      'WebAssembly runs here, single-threaded; tensorflow is not used: its native binary is not installed',
    );
  }
});

it.each(['wasm', 'cpu'] as const)('%s is used when preferred, and again', async (prefer) => {
  for (let i = 0; i < 2; i++) {
    const report = await prepareEngine(tf, { prefer });
    expect(report).toMatchObject({ backend: prefer, version: tf.version.tfjs });
    expect(report.reason).toMatch(prefer === 'wasm' ? /^WebAssembly runs/ : /^plain JavaScript/);
    expect(tf.getBackend()).toBe(prefer);
    expect(tf.tidy(() => tf.sum(tf.tensor1d([1, 2, 3])).dataSync()[0])).toBe(6);
  }
});

it('a backend that does not start is passed over with its reason, never in silence', async () => {
  const { backend, reason } = await prepareEngine(
    new Proxy(tf, {
      get: (target, name) =>
        name === 'setBackend'
          ? async (asked: string) => asked !== 'wasm' && (await tf.setBackend(asked))
          : Reflect.get(target, name),
    }),
    { prefer: 'wasm' },
  );
  expect(backend).not.toBe('wasm');
  expect(reason).toContain('; wasm is not used: it did not initialise');
});

it('an engine without any backend is an error that says what to do', async () => {
  const without = new Proxy(tf, {
    get: (target, name) => (name === 'setBackend' ? async () => false : Reflect.get(target, name)),
  });
  await expect(prepareEngine(without)).rejects.toMatchObject({
    code: 'engine-unavailable',
    message: expect.stringMatching(
      /cpu is not used: it did not initialise.*install @tensorflow\/tfjs/,
    ),
  });
});

it('starting wasm leaves no listener for other people’s errors on the process', async () => {
  const script = `
    import { prepareEngine } from '@tributary/client/tfjs';
    const { backend } = await prepareEngine(undefined, { prefer: 'wasm' });
    const counts = ['uncaughtException', 'unhandledRejection'].map((e) => process.listenerCount(e));
    console.log(JSON.stringify({ backend, counts }));
    Promise.reject(new Error('somebody’s mistake'));`;
  const argv = ['-C', 'tributary-source', '--import', 'tsx', '--input-type=module', '-e', script];
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const child = spawn(process.execPath, argv, { cwd, stdio: ['ignore', 'pipe', 'ignore'] });
  const output = text(child.stdout);
  const [code] = await once(child, 'exit');
  expect(JSON.parse(await output)).toEqual({ backend: 'wasm', counts: [0, 0] });
  // Emscripten's listener would have thrown again, which ends Node with 7.
  expect(code).toBe(1);
});

it('the browser build holds no Node module, and no native package', async () => {
  const { metafile, warnings } = await build({
    entryPoints: [fileURLToPath(new URL('../../src/tfjs/index.ts', import.meta.url))],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    conditions: ['tributary-source'],
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  expect(warnings.filter(({ text }) => !text.includes('node_modules'))).toEqual([]);
  const inputs = Object.keys(metafile.inputs);
  expect(inputs.filter((path) => path.includes('tfjs-node/'))).toEqual([]);
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  const external = imports.filter((found) => found.external === true).map(({ path }) => path);
  expect(external.filter((path) => path.startsWith('node:'))).toEqual([]);
});
