import { describe, expect, it } from 'vitest';
import { CoordinatorClient } from '../../src/device/coordinator-client.ts';
import { VirtualTime } from './support/virtual-time.ts';

const ANSWER = new TextEncoder().encode('{"schema":1,"kind":"no-round","retryAfterSeconds":5}');

/** A coordinator whose answer comes byte by byte, with a pause before each; the last one repeats. */
function clientBehind({ time, pausesMs }: { time: VirtualTime; pausesMs: readonly number[] }) {
  const requests: string[] = [];
  const environment = time.environment(async (url, { signal }) => {
    requests.push(url);
    let sent = 0;
    const source: UnderlyingDefaultSource<Uint8Array> = {
      pull(controller) {
        const pauseMs = pausesMs[Math.min(sent, pausesMs.length - 1)] ?? 0;
        time.advance(pauseMs);
        const byte = ANSWER.subarray(sent, sent + 1);
        sent += 1;
        if (signal?.aborted) controller.error(signal.reason);
        else if (byte.length === 0) controller.close();
        else controller.enqueue(byte);
      },
    };
    // Nothing is made ahead of its reader, whose clock it moves.
    return new Response(new ReadableStream(source, { highWaterMark: 0 }));
  });
  const client = new CoordinatorClient({ url: 'https://c.example', token: 'opaque', environment });
  return {
    requests,
    checkIn: () => client.checkIn('digits', { signal: new AbortController().signal }),
  };
}

describe('an answer that comes slowly', () => {
  it('is waited for while bytes keep coming, longer than any silence may be', async () => {
    const time = new VirtualTime();
    const { checkIn, requests } = clientBehind({ time, pausesMs: [34_000, 34_000, 34_000, 100] });
    expect(await checkIn()).toMatchObject({ kind: 'no-round', retryAfterSeconds: 5 });
    expect(requests).toHaveLength(1);
    expect(time.pending).toBe(0);
  });

  it('is given up at a silence that is too long', async () => {
    const time = new VirtualTime();
    const { checkIn, requests } = clientBehind({ time, pausesMs: [0, 0, 36_000] });
    await expect(checkIn()).rejects.toMatchObject({
      code: 'timed-out',
      message: expect.stringContaining('35000 ms'),
    });
    expect(requests.length).toBeGreaterThanOrEqual(3);
    expect(time.pending).toBe(0);
  });

  it('is given up when it trickles without end', async () => {
    const time = new VirtualTime();
    const { checkIn, requests } = clientBehind({ time, pausesMs: [10_000] });
    await expect(checkIn()).rejects.toMatchObject({
      code: 'timed-out',
      message: expect.stringContaining('120000 ms'),
    });
    expect(requests.length).toBeGreaterThanOrEqual(3);
    expect(time.pending).toBe(0);
  });
});
