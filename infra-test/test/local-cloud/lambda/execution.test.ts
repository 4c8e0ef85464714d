import { afterAll, describe, expect, it, vi } from 'vitest';
import { startServices, until } from './harness.ts';

const services = startServices();
const { create, invoke, lambda } = services;
afterAll(() => services.close());

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a function process', () => {
  it('imports the package once and keeps its state between invocations', async () => {
    await create('counter', 'let n = 0; export const handler = () => [++n, process.pid];');
    const first = await invoke('counter');
    const second = await invoke('counter');
    expect(second.payload).toEqual([2, first.payload[1]]);
    expect(lambda.counters().byFunction['counter']).toMatchObject({
      invocations: 2,
      coldStarts: 1,
    });
  });

  it('sees its own variables and nothing of its parent’s environment', async () => {
    vi.stubEnv('PARENT_SECRET', 'hunter2');
    await create('environment', 'export const handler = () => process.env;', {
      Environment: { Variables: { MINE: 'yes' } },
      MemorySize: 256,
    });
    const { payload } = await invoke('environment');
    vi.unstubAllEnvs();
    expect(Object.keys(payload).sort()).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_DEFAULT_REGION',
      'AWS_ENDPOINT_URL',
      'AWS_EXECUTION_ENV',
      'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
      'AWS_LAMBDA_FUNCTION_NAME',
      'AWS_LAMBDA_FUNCTION_VERSION',
      'AWS_LAMBDA_INITIALIZATION_TYPE',
      'AWS_LAMBDA_LOG_GROUP_NAME',
      'AWS_LAMBDA_LOG_STREAM_NAME',
      'AWS_REGION',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'HOME',
      'LAMBDA_TASK_ROOT',
      'LANG',
      'MINE',
      'PATH',
      'TMPDIR',
      'TZ',
      '_HANDLER',
    ]);
    expect(payload).toMatchObject({
      MINE: 'yes',
      AWS_ENDPOINT_URL: 'http://cloud',
      AWS_LAMBDA_FUNCTION_NAME: 'environment',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    });
    expect(payload.HOME).not.toBe(process.env['HOME']);
  });

  it('has credentials of its own, registered until the cloud closes', async () => {
    await create('keys', 'export const handler = () => process.env;');
    const { payload } = await invoke('keys');
    expect(services.credentials.get(payload.AWS_ACCESS_KEY_ID)).toEqual({
      accessKeyId: payload.AWS_ACCESS_KEY_ID,
      secretAccessKey: payload.AWS_SECRET_ACCESS_KEY,
      sessionToken: payload.AWS_SESSION_TOKEN,
    });
    expect(lambda.functionNameOf(payload.AWS_SESSION_TOKEN)).toBe('keys');
    expect(lambda.functionNameOf('unknown')).toBeUndefined();
  });

  it('gets a context that tells function, request and remaining time', async () => {
    const arn = await create(
      'context',
      `export const handler = (_event, context) =>
        ({ ...context, remaining: context.getRemainingTimeInMillis() });`,
      { Timeout: 10 },
    );
    const { payload } = await invoke('context');
    expect(payload).toMatchObject({
      functionName: 'context',
      functionVersion: '$LATEST',
      invokedFunctionArn: arn,
      memoryLimitInMB: '128',
      awsRequestId: expect.stringMatching(/^[\da-f-]{36}$/),
    });
    expect(payload.remaining).toBeGreaterThan(0);
    expect(payload.remaining).toBeLessThanOrEqual(10_000);
  });

  it('stays warm when its handler throws', async () => {
    await create(
      'thrower',
      `class Odd extends Error { name = 'Odd'; }
       export const handler = async (event) => { if (event.fail) throw new Odd('no'); return process.pid; };`,
    );
    const before = await invoke('thrower');
    const failed = await invoke('thrower', { fail: true });
    expect(failed).toMatchObject({
      status: 200,
      error: 'Unhandled',
      payload: { errorType: 'Odd', errorMessage: 'no', trace: expect.any(Array) },
    });
    expect((await invoke('thrower')).payload).toBe(before.payload);
  });

  it.each([
    ['a text', `throw 'words'`, { errorType: 'string', errorMessage: 'words' }],
    ['undefined', 'throw undefined', { errorType: 'undefined' }],
    ['a BigInt, which JSON has no form for', 'return 1n', { errorType: 'TypeError' }],
  ])('reports %s', async (what, statement, expected) => {
    const name = `odd-${what.length}`;
    await create(name, `export const handler = async () => { ${statement} };`);
    expect(await invoke(name)).toMatchObject({ error: 'Unhandled', payload: expected });
  });

  it.each([
    ['undefined', 'null'],
    ['null', 'null'],
    ['"text"', '"text"'],
    ['new Date(0)', '"1970-01-01T00:00:00.000Z"'],
  ])('returns %s as %s', async (value, json) => {
    const name = `value-${Buffer.from(value).toString('hex')}`;
    await create(name, `export const handler = () => ${value};`);
    expect((await invoke(name)).payload).toEqual(JSON.parse(json));
  });

  it('is ended at its timeout, and replaced', async () => {
    await create(
      'sleeper',
      `export const handler = async (event) => {
         if (event.spin) for (;;);
         if (event.sleep) await new Promise((resolve) => setTimeout(resolve, 60_000));
         return process.pid;
       };`,
      { Timeout: 1 },
    );
    const before = await invoke('sleeper');
    for (const event of [{ sleep: true }, { spin: true }]) {
      expect(await invoke('sleeper', event)).toMatchObject({
        error: 'Unhandled',
        payload: {
          errorType: 'Sandbox.Timedout',
          errorMessage: expect.stringMatching(/Task timed out after 1\.00 seconds$/),
        },
      });
    }
    expect((await invoke('sleeper')).payload).not.toBe(before.payload);
    expect(isRunning(before.payload)).toBe(false);
    expect(services.log('sleeper')).toMatch(/Task timed out after 1\.00 seconds/);
  });

  it.each([
    ['buffers', 'const kept = []; for (;;) kept.push(Buffer.alloc(8_000_000, 1));'],
    [
      'WebAssembly memory',
      'const memory = new WebAssembly.Memory({ initial: 4096 }); new Uint8Array(memory.buffer).fill(1); return 1;',
    ],
    ['the heap', 'const kept = []; for (;;) kept.push(Array.from({ length: 1_000 }, () => ({})));'],
  ])('is ended when %s exceed its memory size', async (what, statement) => {
    const name = `hungry-${what.length}`;
    await create(
      name,
      `export const handler = async (event) => { if (event.eat) { ${statement} } };`,
      {
        Timeout: 60,
      },
    );
    expect(await invoke(name, { eat: true })).toMatchObject({
      error: 'Unhandled',
      payload: {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(
          /Runtime exited with error: signal: (?:killed|aborted)/,
        ),
      },
    });
    expect(await invoke(name)).toMatchObject({ error: undefined, payload: null });
  });

  it.each([
    ['exits', 'process.exit(3)', 'Runtime.ExitError', /exit status 3$/],
    [
      'throws where nobody catches',
      `setImmediate(() => { throw new RangeError('late'); }); await new Promise(() => {});`,
      'RangeError',
      /^late$/,
    ],
    [
      'leaves a rejection',
      `Promise.reject(new Error('lost')); await new Promise(() => {});`,
      'Runtime.UnhandledPromiseRejection',
      /^lost$/,
    ],
  ])('is replaced when its code %s', async (what, statement, errorType, message) => {
    const name = `crash-${what.length}`;
    await create(
      name,
      `export const handler = async (event) => { if (event.crash) { ${statement} } return process.pid; };`,
    );
    const before = await invoke(name);
    expect(await invoke(name, { crash: true })).toMatchObject({
      error: 'Unhandled',
      payload: { errorType, errorMessage: expect.stringMatching(message) },
    });
    expect((await invoke(name)).payload).not.toBe(before.payload);
  });

  it.each([
    ['fails', `throw new Error('at start');`, 'Error', /^at start$/],
    ['lacks the handler', 'export const other = 1;', 'Runtime.HandlerNotFound', /index\.handler/],
    ['is no JavaScript', 'export const = ;', 'SyntaxError', /./],
  ])('reports a package whose import %s', async (what, source, errorType, message) => {
    const name = `import-${what.length}`;
    await create(name, source);
    for (const _attempt of [1, 2]) {
      expect(await invoke(name)).toMatchObject({
        error: 'Unhandled',
        payload: { errorType, errorMessage: expect.stringMatching(message) },
      });
    }
    expect(lambda.counters().byFunction[name]).toMatchObject({ coldStarts: 2, errors: 2 });
  });

  it('is ended by its session token, and the invocation fails', async () => {
    await create(
      'victim',
      `export const handler = async (event) => {
         if (event.wait) { console.log('waiting', process.env.AWS_SESSION_TOKEN); await new Promise(() => {}); }
         return process.env.AWS_SESSION_TOKEN;
       };`,
      { Timeout: 60 },
    );
    const { payload: token } = await invoke('victim');
    const pending = invoke('victim', { wait: true });
    await until(() => services.log('victim').includes(`waiting ${token}`));
    expect(lambda.killProcess(token)).toBe(true);
    expect(await pending).toMatchObject({
      payload: {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(/signal: killed$/),
      },
    });
    expect(lambda.killProcess(token)).toBe(false);
    expect(lambda.functionNameOf(token)).toBeUndefined();
    expect((await invoke('victim')).payload).not.toBe(token);
  });

  it('writes what its import prints, and what its handler does between the lines that frame it', async () => {
    await create(
      'printer',
      `process.stdout.write('imported\\n');
       export const handler = () => {
         console.log('eins %d', 1);
         console.error(new Error('zwei').message);
         process.stderr.write('drei ü');
       };`,
    );
    await invoke('printer');
    await until(() => services.log('printer').includes('REPORT'));
    const lines = services.log('printer').trimEnd().split('\n');
    const bare = lines.map((line) => line.replace(/[\d-]+T[\d:.]+Z|[\da-f]{8}-[\da-f-]{27}/g, '*'));
    expect(new Set(bare.slice(0, -2))).toEqual(
      new Set([
        'START RequestId: * Version: $LATEST',
        'imported',
        '*\t*\tINFO\teins 1',
        '*\t*\tERROR\tzwei',
        'drei ü',
      ]),
    );
    expect(bare.slice(0, 2)).toEqual(['imported', 'START RequestId: * Version: $LATEST']);
    expect(bare.at(-2)).toBe('END RequestId: *');
    expect(bare.at(-1)).toMatch(
      /^REPORT RequestId: \*\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms$/,
    );
  });

  it('does not show the channel to its parent', async () => {
    await create('channel', 'export const handler = () => typeof process.send;');
    expect((await invoke('channel')).payload).toBe('undefined');
  });

  it('carries an event and a result of 6 MB', async () => {
    await create('echo', 'export const handler = (event) => event;', { MemorySize: 512 });
    const text = 'ü"'.repeat(1_500_000);
    expect((await invoke('echo', { text })).payload.text === text).toBe(true);
  });

  it('fails when its result is too large', async () => {
    await create('large', `export const handler = () => 'x'.repeat(6_291_557);`, {
      MemorySize: 512,
    });
    expect(await invoke('large')).toMatchObject({
      error: 'Unhandled',
      payload: { errorType: 'Function.ResponseSizeTooLarge' },
    });
  });

  it('is ended together with the cloud, idle or busy', async () => {
    const own = startServices();
    await own.create(
      'both',
      `export const handler = async (event) => {
         console.log('pid', process.pid);
         if (event.wait) await new Promise(() => {});
         return process.pid;
       };`,
      { Timeout: 60 },
    );
    const busy = own.invoke('both', { wait: true });
    await until(() => own.log('both').includes('pid'));
    const { payload: idlePid } = await own.invoke('both');
    const pids = [...own.log('both').matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));
    await own.close();
    expect((await busy).error).toBe('Unhandled');
    expect([...pids, idlePid].filter(isRunning)).toEqual([]);
    expect(own.credentials.size).toBe(0);
  });
});
