import { describe, expect, it, vi } from 'vitest';
import { type ExchangeRequest, exchange } from '../../src/device/exchange.ts';
import { InvocationFailedError } from '../../src/index.ts';
import { FakeWorld } from './support/fake-world.ts';

const request: ExchangeRequest = {
  what: 'the check-in for model digits',
  method: 'POST',
  url: 'https://coordinator.example/v1/models/digits/check-in?signature=secret',
  headers: {},
  timeoutMs: 500,
};
const status = async (response: Response) => response.status;

function contextOf(world: FakeWorld, signal = new AbortController().signal) {
  return { environment: world.environment, signal };
}

describe('exchange', () => {
  it('returns what is read of any answer', async () => {
    const world = new FakeWorld().script('check-in', new Response(null, { status: 418 }));
    expect(await exchange(request, status, contextOf(world))).toEqual({
      kind: 'answered',
      value: 418,
    });
  });

  it('sends nothing once aborted', async () => {
    const world = new FakeWorld();
    const signal = AbortSignal.abort('Enough');
    await expect(exchange(request, status, contextOf(world, signal))).rejects.toBe('Enough');
    expect(world.requests).toEqual([]);
  });

  it('names what got no answer and from where, and never the query', async () => {
    const world = new FakeWorld().script('check-in', 'broken');
    const exchanged = await exchange(request, status, contextOf(world));
    expect(exchanged).toMatchObject({
      kind: 'unreachable',
      isNobodyThere: false,
      error: {
        code: 'unreachable',
        message:
          'No answer to the check-in for model digits from https://coordinator.example/v1/models/digits/check-in; check the connection and the address and try again',
      },
    });
    expect(JSON.stringify(exchanged)).not.toContain('secret');
  });

  it.each([
    ['ECONNREFUSED', true],
    ['ENOTFOUND', true],
    ['ECONNRESET', false],
    ['EAI_AGAIN', false],
  ])(
    'names the code %s of the connection and tells whether anybody is there',
    async (code, isNobodyThere) => {
      const cause = Object.assign(new Error('connect'), { code });
      const world = new FakeWorld().script('check-in', () => {
        throw new TypeError('fetch failed', { cause: new AggregateError([cause], 'no address') });
      });
      expect(await exchange(request, status, contextOf(world))).toMatchObject({
        isNobodyThere,
        error: { message: expect.stringContaining(`(${code})`), detail: { fault: code } },
      });
    },
  );

  it('names a port that no request may go to', async () => {
    const { environment } = new FakeWorld();
    const context = { ...contextOf(new FakeWorld()), environment: { ...environment, fetch } };
    const exchanged = await exchange({ ...request, url: 'http://127.0.0.1:9/' }, status, context);
    expect(exchanged).toMatchObject({
      isNobodyThere: true,
      error: { message: expect.stringContaining('from http://127.0.0.1:9/ (bad port);') },
    });
  });

  it('tells a time-out from a broken connection', async () => {
    const world = new FakeWorld().script('check-in', () => {
      for (const fire of world.timers) fire();
      throw new TypeError('aborted');
    });
    expect(await exchange(request, status, contextOf(world))).toMatchObject({
      error: { code: 'timed-out', message: expect.stringContaining('500 ms') },
    });
  });

  it('passes on an error that the reader throws on purpose', async () => {
    const error = new InvocationFailedError('Stop', { code: 'stop' });
    const reading = exchange(request, () => Promise.reject(error), contextOf(new FakeWorld()));
    await expect(reading).rejects.toBe(error);
  });

  it('starts the time-out anew with each touch and leaves no timer behind', async () => {
    const world = new FakeWorld();
    const start = vi.spyOn(world.environment, 'startTimer');
    await exchange(
      request,
      async (_response, touch) => {
        touch();
        touch();
        expect(world.timers.size).toBe(1);
      },
      contextOf(world),
    );
    expect(start).toHaveBeenCalledTimes(3);
    expect(world.timers.size).toBe(0);
  });
});
