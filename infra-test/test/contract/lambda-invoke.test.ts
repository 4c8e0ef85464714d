import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LambdaFixture, openLambda, untilAnswer } from './lambda-fixture.ts';

let fixture: LambdaFixture;
beforeAll(async () => {
  fixture = await openLambda();
});
afterAll(() => fixture.close());

describe('Lambda invocations', () => {
  it('answer synchronously, warm from the second on', async () => {
    const { name } = await fixture.createFunction(
      'let n = 0; export const handler = (event) => ({ event, n: ++n });',
    );
    const first = await fixture.invoke(name, { a: [1, 'ü'] });
    expect(first).toMatchObject({ status: 200, payload: { event: { a: [1, 'ü'] }, n: 1 } });
    expect((await fixture.invoke(name)).payload.n).toBe(2);
  });

  it('give the log’s tail when asked', async () => {
    const { name } = await fixture.createFunction(
      `export const handler = () => { console.log('x'.repeat(5_000)); console.log('the end'); };`,
    );
    const { log } = await fixture.invoke(name, {}, { LogType: 'Tail' });
    expect(log.length).toBe(4_096);
    expect(log).toMatch(/the end\nEND RequestId: .*\nREPORT RequestId: .*\n*$/);
    expect((await fixture.invoke(name)).log).toBe('');
  });

  it('report what the handler throws', async () => {
    const { name } = await fixture.createFunction(
      `export const handler = async () => { throw new TypeError('wrong'); };`,
    );
    expect(await fixture.invoke(name)).toMatchObject({
      status: 200,
      error: 'Unhandled',
      payload: { errorType: 'TypeError', errorMessage: 'wrong', trace: expect.any(Array) },
    });
  });

  it('end at the timeout', async () => {
    const { name } = await fixture.createFunction(
      'export const handler = () => new Promise((resolve) => setTimeout(resolve, 30_000));',
      { Timeout: 1 },
    );
    expect(await fixture.invoke(name)).toMatchObject({
      error: 'Unhandled',
      payload: { errorMessage: expect.stringContaining('Task timed out after 1.00 seconds') },
    });
  });

  it('are tried three times as events, and answer before they run', async () => {
    const { name } = await fixture.createSingle(
      `let attempts = 0;
       export const handler = (event) => {
         if (event.ask) return attempts;
         attempts += 1;
         throw new Error('again');
       };`,
    );
    const { status } = await fixture.invoke(name, {}, { InvocationType: 'Event' });
    expect(status).toBe(202);
    await untilAnswer(fixture, name, (attempts) => attempts === 3);
  });

  it('do nothing when dry', async () => {
    const { name } = await fixture.createFunction('let n = 0; export const handler = () => ++n;');
    expect((await fixture.invoke(name, {}, { InvocationType: 'DryRun' })).status).toBe(204);
    expect((await fixture.invoke(name)).payload).toBe(1);
  });

  it('are refused with too large events, of 6 MB synchronous and 1 MB asynchronous', async () => {
    const { name } = await fixture.createFunction('export const handler = () => 1;', {
      MemorySize: 512,
    });
    const jsonOf = (byteCount: number) => JSON.stringify('x'.repeat(byteCount - 2));
    const invoke = (byteCount: number, InvocationType: 'RequestResponse' | 'Event') =>
      fixture.invoke(name, undefined, { InvocationType, Payload: jsonOf(byteCount) as never });
    expect((await invoke(6_291_456, 'RequestResponse')).payload).toBe(1);
    expect((await invoke(1_048_576, 'Event')).status).toBe(202);
    for (const [byteCount, type] of [
      [6_291_457, 'RequestResponse'],
      [1_048_577, 'Event'],
    ] as const) {
      await expect(invoke(byteCount, type)).rejects.toMatchObject({
        name: 'RequestTooLargeException',
        $metadata: { httpStatusCode: 413 },
      });
    }
  });

  it('are refused with events that are no JSON, and of functions that do not exist', async () => {
    const { name } = await fixture.createFunction('export const handler = () => 1;');
    const broken = fixture.invoke(name, undefined, { Payload: '{' as never });
    await expect(broken).rejects.toMatchObject({ name: 'InvalidRequestContentException' });
    await expect(fixture.invoke('contract-nobody')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});
