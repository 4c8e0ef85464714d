import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { LambdaServiceOptions } from '../../../src/local-cloud/lambda/index.ts';
import { startServices, until } from './harness.ts';

const gateDirectory = mkdtempSync(join(tmpdir(), 'lambda-gate-'));
afterAll(() => rmSync(gateDirectory, { recursive: true }));

/** Says that it is in, then waits until the file that the event names exists. */
const GATED = `
  import { existsSync, writeFileSync } from 'node:fs';
  import { join } from 'node:path';
  export const handler = async ({ gate, name }) => {
    writeFileSync(join(${JSON.stringify(gateDirectory)}, 'in-' + name), String(process.pid));
    while (gate && !existsSync(join(${JSON.stringify(gateDirectory)}, gate))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return process.pid;
  };`;

const open = (gate: string) => writeFileSync(join(gateDirectory, gate), '');
const isIn = (name: string) => readdirSync(gateDirectory).includes(`in-${name}`);

let services: ReturnType<typeof startServices>;
const start = (options: Partial<LambdaServiceOptions>) => {
  services = startServices(options);
  return services;
};
afterEach(() => services.close());

describe('reserved concurrency', () => {
  it('refuses synchronous calls over it with 429, and counts them', async () => {
    const { create, invoke, call, lambda } = start({});
    await create('reserved', GATED, { Timeout: 60 });
    const path = '/2017-10-31/functions/reserved/concurrency';
    await call('PUT', path, { ReservedConcurrentExecutions: 1 });
    const first = invoke('reserved', { gate: 'r1', name: 'r1' });
    await until(() => isIn('r1'));
    expect(await invoke('reserved')).toMatchObject({ status: 429, payload: { Type: 'User' } });
    open('r1');
    expect((await first).status).toBe(200);
    expect((await invoke('reserved')).status).toBe(200);
    expect(lambda.counters().byFunction['reserved']).toMatchObject({
      invocations: 2,
      throttles: 1,
    });
    expect((await call('DELETE', path)).status).toBe(204);
  });

  it('makes asynchronous events wait', async () => {
    const { create, call, lambda } = start({});
    const arn = await create('waiting', GATED, { Timeout: 60 });
    await call('PUT', '/2017-10-31/functions/waiting/concurrency', {
      ReservedConcurrentExecutions: 1,
    });
    const events = ['w1', 'w2'].map((name) =>
      lambda.invokeEvent(arn, JSON.stringify({ gate: 'w', name })),
    );
    await until(() => isIn('w1'));
    expect(isIn('w2')).toBe(false);
    open('w');
    await Promise.all(events);
    expect(isIn('w2')).toBe(true);
    expect(lambda.counters()).toMatchObject({ invocations: 2, errors: 0, throttles: 0 });
  });
});

describe('the cap of processes', () => {
  it('makes callers wait for a process, over all functions, and starves none', async () => {
    const { create, invoke, lambda } = start({ processCountMax: 2 });
    await create('many', GATED, { Timeout: 60 });
    await create('few', GATED, { Timeout: 60 });
    const busy = ['m1', 'm2'].map((name) => invoke('many', { gate: 'm', name }));
    await until(() => isIn('m1') && isIn('m2'));
    const more = [1, 2, 3].map((number) => invoke('many', { gate: 'z', name: `z${number}` }));
    const few = invoke('few', { name: 'few' });
    open('m');
    expect((await few).status).toBe(200);
    open('z');
    await Promise.all([...busy, ...more]);
    expect(lambda.counters()).toMatchObject({ invocations: 6, errors: 0, throttles: 0 });
  });

  it('ends the longest idle process when another function needs one', async () => {
    const { create, invoke, lambda } = start({ processCountMax: 1 });
    await create('one', GATED);
    await create('two', GATED);
    const { payload: first } = await invoke('one', { name: 'a' });
    await invoke('two', { name: 'b' });
    const { payload: second } = await invoke('one', { name: 'c' });
    expect(second).not.toBe(first);
    expect(lambda.counters()).toMatchObject({ invocations: 3, coldStarts: 3 });
  });

  it('serves who waits when a process dies', async () => {
    const { create, invoke, lambda } = start({ processCountMax: 1 });
    await create('dying', GATED, { Timeout: 60 });
    await create('next', GATED);
    const { payload: pid } = await invoke('dying', { name: 'd0' });
    const dying = invoke('dying', { gate: 'never', name: 'd1' });
    await until(() => isIn('d1'));
    const next = invoke('next', { name: 'n1' });
    process.kill(pid, 'SIGKILL');
    expect((await dying).payload.errorType).toBe('Runtime.ExitError');
    expect((await next).status).toBe(200);
    expect(lambda.counters()).toMatchObject({ errors: 1 });
  });

  it('ends a process that was idle for long', async () => {
    const { create, invoke } = start({ idleMs: 50 });
    await create('idle', GATED);
    const { payload: pid } = await invoke('idle', { name: 'i' });
    await until(() => {
      try {
        return !process.kill(pid, 0);
      } catch {
        return true;
      }
    });
    expect((await invoke('idle', { name: 'i' })).payload).not.toBe(pid);
  });
});

describe('an update', () => {
  it('is seen by the next invocation, while one under way ends by the old code', async () => {
    const { create, invoke, call } = start({});
    await create('updated', GATED, { Timeout: 60 });
    const old = invoke('updated', { gate: 'u', name: 'u' });
    await until(() => isIn('u'));
    await call('PUT', '/2015-03-31/functions/updated/configuration', {
      Environment: { Variables: { COLOUR: 'red' } },
    });
    const { payload: newPid } = await invoke('updated', { name: 'new' });
    open('u');
    const { payload: oldPid } = await old;
    expect(newPid).not.toBe(oldPid);
    expect((await invoke('updated', { name: 'again' })).payload).toBe(newPid);
  });

  it('by deletion answers 404, and refuses who waits', async () => {
    const { create, invoke, call } = start({ processCountMax: 1 });
    await create('deleted', GATED, { Timeout: 60 });
    const running = invoke('deleted', { gate: 'x', name: 'x' });
    await until(() => isIn('x'));
    const waiting = invoke('deleted', { name: 'y' });
    expect((await call('DELETE', '/2015-03-31/functions/deleted')).status).toBe(204);
    open('x');
    expect((await running).status).toBe(200);
    expect((await waiting).status).toBe(500);
    expect((await invoke('deleted')).status).toBe(404);
  });
});

describe('asynchronous events', () => {
  const FAILING = `
    let attempt = 0;
    export const handler = (event) => {
      attempt += 1;
      console.log('attempt', attempt);
      if (attempt <= event.failures) throw new Error('not yet');
    };`;

  it.each([
    [0, 1],
    [1, 2],
    [2, 3],
    [9, 3],
  ])('that fail %i times are tried %i times', async (failures, attempts) => {
    const { create, lambda } = start({ asyncRetryDelaysMs: [1, 1] });
    const arn = await create('failing', FAILING);
    await lambda.invokeEvent(arn, JSON.stringify({ failures }));
    expect(lambda.counters()).toMatchObject({
      invocations: attempts,
      errors: Math.min(failures, attempts),
    });
  });

  it('that wait for a retry are given up when the cloud closes', async () => {
    const { create, lambda } = start({ asyncRetryDelaysMs: [3_600_000, 3_600_000] });
    const arn = await create('failing', FAILING);
    const event = lambda.invokeEvent(arn, '{"failures":9}');
    await until(() => lambda.counters().errors === 1);
    await lambda.close();
    await event;
    expect(lambda.counters().invocations).toBe(1);
  });
});

describe('counters', () => {
  it('bill whole milliseconds times memory, the import included', async () => {
    const { create, invoke, lambda, log } = start({});
    await create('billed', GATED, { MemorySize: 512 });
    await invoke('billed', { name: 'b' });
    await invoke('billed', { name: 'b' });
    await until(() => log('billed').split('REPORT').length === 3);
    const billedMs = [...log('billed').matchAll(/Billed Duration: (\d+) ms/g)]
      .map(([, ms]) => Number(ms))
      .reduce((sum, ms) => sum + ms);
    expect(lambda.counters().gigabyteSeconds).toBeCloseTo((billedMs / 1_000) * 0.5, 10);
    expect(lambda.usage()).toEqual({
      invocations: 2,
      errors: 0,
      coldStarts: 1,
      throttles: 0,
      gigabyteSeconds: lambda.counters().gigabyteSeconds,
    });
  });
});
