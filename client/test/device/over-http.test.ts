import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { globalEnvironment } from '../../src/device/environment.ts';
import { Device, Federation } from '../../src/index.ts';
import { decodeWeights, encodeVersion } from '../../src/protocol/index.ts';
import { PSEUDONYM, plan, sha256Of } from './support/fake-world.ts';
import { addQuarter } from './support/participants.ts';

const file = encodeVersion({ plan, version: 0, weights: Float32Array.of(1, 2, 3, 4, 5) });

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** Coordinator and storage as a real HTTP server that can leave a download half-way or drip its answers. */
class LoopbackServer {
  readonly seen: { url: string; headers: IncomingMessage['headers']; body: Buffer }[] = [];
  isStalling = false;
  /** Pause before each of five pieces of a JSON answer; 0 sends it in one. */
  pauseMs = 0;
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request, response);
  });
  base = '';

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.base = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '';
    const body = await bodyOf(request);
    this.seen.push({ url, headers: request.headers, body });
    if (url.startsWith('/weights') && this.isStalling) {
      response.writeHead(200, { 'content-length': file.length });
      response.write(file.subarray(0, file.length / 2));
      return;
    }
    if (url.startsWith('/weights')) response.end(file);
    else if (url.startsWith('/update')) response.end();
    else await this.#send(response, JSON.stringify({ schema: 1, ...this.#json(url) }));
  }

  async #send(response: ServerResponse, text: string): Promise<void> {
    const pieces = this.pauseMs === 0 ? 1 : 5;
    const size = Math.ceil(text.length / pieces);
    for (let begin = 0; begin < text.length; begin += size) {
      if (this.pauseMs > 0) await sleep(this.pauseMs);
      response.write(text.slice(begin, begin + size));
    }
    response.end();
  }

  #json(url: string): object {
    const files = [
      {
        name: 'model.safetensors',
        url: `${this.base}/weights`,
        bytes: file.length,
        sha256: sha256Of(file),
      },
    ];
    const base = { schema: 1, model: 'digits', version: 0, files };
    if (url.endsWith('/check-in')) {
      return { kind: 'selected', round: 1, device: PSEUDONYM, plan, base, deadlineAt: 9 };
    }
    if (url.endsWith('/slot')) {
      const headers = { 'if-none-match': '*', 'x-amz-checksum-sha256': 'abc' };
      return { url: `${this.base}/update`, headers, expiresAt: 9 };
    }
    return { kind: 'accepted', version: 1 };
  }
}

describe('a device over real HTTP', () => {
  const server = new LoopbackServer();
  const device = () =>
    new Device({
      federation: new Federation({ coordinatorUrl: server.base, token: 'opaque' }),
      deviceId: 'phone-1',
      train: addQuarter,
    });

  beforeEach(() => server.start());
  afterEach(async () => {
    await server.stop();
    server.seen.length = 0;
    server.isStalling = false;
    server.pauseMs = 0;
  });

  it('waits for an answer that drips, longer than it would wait for one that is silent', async () => {
    server.pauseMs = 250;
    const { startTimer } = globalEnvironment;
    // Time-outs pass fifty times as fast: 0.7 s of silence, 2.4 s altogether.
    const hasty = {
      ...globalEnvironment,
      startTimer: (ms: number, callback: () => void) => startTimer(ms / 50, callback),
    };
    const federation = new Federation(
      { coordinatorUrl: server.base, token: 'opaque' },
      { environment: hasty },
    );
    const dripped = new Device({ federation, deviceId: 'phone-1', train: addQuarter });
    expect(await dripped.participate('digits')).toMatchObject({ kind: 'accepted' });
  }, 30_000);

  it('participates, and its upload carries a length, the bound headers and nothing secret', async () => {
    expect(await device().participate('digits')).toEqual({
      kind: 'accepted',
      round: 1,
      version: 1,
    });
    const put = server.seen.find(({ url }) => url === '/update');
    expect(put?.headers).toMatchObject({
      'content-length': String(put?.body.length),
      'if-none-match': '*',
      'x-amz-checksum-sha256': 'abc',
    });
    expect(put?.headers).not.toHaveProperty('authorization');
    expect(put?.headers).not.toHaveProperty('content-type');
    expect(decodeWeights(put?.body ?? new Uint8Array())['bias']?.data).toEqual(
      Float32Array.of(0.25),
    );
  });

  it('F24: ends a download that is under way when aborted', async () => {
    server.isStalling = true;
    const controller = new AbortController();
    const seen: number[] = [];
    const participation = device().participate('digits', {
      signal: controller.signal,
      onProgress: ({ done }) => {
        seen.push(done);
        if (done > 0) controller.abort();
      },
    });
    const error = await participation.catch((thrown: unknown) => thrown);
    expect(error).toBe(controller.signal.reason);
    expect(seen).toEqual([0, file.length / 2]);
    expect(server.seen.map(({ url }) => url)).toEqual(['/v1/models/digits/check-in', '/weights']);
  });
});
