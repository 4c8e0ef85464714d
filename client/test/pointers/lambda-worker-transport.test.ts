import { createHash } from 'node:crypto';
import {
  BATCH_BYTES_MAX,
  CommandError,
  encodeJson,
  GetNotPermittedError,
  InvocationFailedError,
  RequestRefusedError,
  type WireCommand,
} from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/device/retry.ts';
import type { TokenSource } from '../../src/device/token.ts';
import type { OperatorTransport } from '../../src/federation/operator-transport.ts';
import { LambdaWorkerTransport } from '../../src/pointers/lambda-worker-transport.ts';
import { VirtualTime } from '../device/support/virtual-time.ts';

interface SentBatch {
  readonly token?: string;
  readonly commands: readonly WireCommand[];
}

type Answer = object | 'failed' | 'silent' | 'garbage';

const DONE = { statuses: [{ status: 'done' }] };
const BATCH = { commands: [['$list', [], {}, []]] as WireCommand[], keep: [] };
const SHA256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let time: VirtualTime;
let sent: SentBatch[];
let texts: string[];
let answers: Answer[];
let fetched: { url: string; method: string; bytes: number }[];
let responses: (() => Response)[];

beforeEach(() => {
  time = new VirtualTime();
  sent = [];
  texts = [];
  answers = [];
  fetched = [];
  responses = [];
});

/** A function that answers from the list; a silent one is waited for as long as its caller does. */
const fakeFunction: OperatorTransport = {
  async invoke(payload: Uint8Array, signal: AbortSignal): Promise<Attempt<Uint8Array>> {
    const text = new TextDecoder().decode(payload);
    texts.push(text);
    sent.push(JSON.parse(text));
    const answer = answers.shift();
    if (answer === 'failed') {
      return {
        kind: 'again',
        error: new InvocationFailedError('Failed', { code: 'function-error' }),
      };
    }
    if (answer === 'silent') {
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
      time.advance(1_000);
      return await aborted;
    }
    if (answer === 'garbage') return { kind: 'done', value: new TextEncoder().encode('{"no":1') };
    return { kind: 'done', value: encodeJson({ schema: 1, ...answer } as never) };
  },
};

function transport(token?: TokenSource): LambdaWorkerTransport {
  const environment = time.environment(async (url, { method = 'GET', body }) => {
    fetched.push({ url, method, bytes: (body as Uint8Array | undefined)?.length ?? 0 });
    const respond = responses.shift();
    if (respond === undefined) throw new TypeError('fetch failed');
    return respond();
  });
  return new LambdaWorkerTransport({
    ...{ worker: 'alice', transport: fakeFunction, environment, token, timeoutMs: 1_000 },
  });
}

describe('A batch for a function', () => {
  it('carries the worker’s id, and a token asked for anew before each attempt', async () => {
    answers = ['failed', DONE];
    let count = 0;
    const statuses = await transport(() => `token-${++count}`).exchange(BATCH);
    expect(statuses).toEqual([{ status: 'done' }]);
    expect(sent.map(({ token }) => token)).toEqual(['token-1', 'token-2']);
    expect(sent[0]).toMatchObject({ schema: 1, worker: 'alice', ...BATCH });
  });

  it('carries no token when there is none to show', async () => {
    answers = [DONE];
    await transport().exchange(BATCH);
    expect(sent[0]).not.toHaveProperty('token');
  });

  it('P20: is sent again as it was when nobody answers in time', async () => {
    answers = ['silent', 'silent', DONE];
    expect(await transport().exchange(BATCH)).toEqual(DONE.statuses);
    expect(texts).toHaveLength(3);
    expect(new Set(texts).size).toBe(1);
    expect(time.pending).toBe(0);
  });

  it('is sent again when the worker says that this cures it', async () => {
    const unreachable = {
      casualty: 'invocation',
      code: 'store-unreachable',
      message: 'S3 is away',
    };
    const busy = {
      ...{ casualty: 'request', code: 'keys-unavailable', message: 'No keys' },
      detail: { retryAfterSeconds: 5 },
    };
    answers = [{ error: unreachable }, { error: busy }, DONE];
    expect(await transport().exchange(BATCH)).toEqual(DONE.statuses);
    expect(texts).toHaveLength(3);
  });

  it('fails as it last failed when a minute of attempts is over', async () => {
    answers = Array.from({ length: 200 }, (): Answer => 'failed');
    await expect(transport().exchange(BATCH)).rejects.toMatchObject({ code: 'function-error' });
    expect(texts.length).toBeGreaterThan(3);
    expect(texts.length).toBeLessThan(20);
  });

  it('fails at once with what the worker refuses it for', async () => {
    answers = [{ error: { casualty: 'request', code: 'token-expired', message: 'Expired' } }];
    await expect(transport().exchange(BATCH)).rejects.toThrow(RequestRefusedError);
    answers = [{ error: { casualty: 'command', code: 'worker-mismatch', message: 'For bob' } }];
    await expect(transport().exchange(BATCH)).rejects.toThrow(CommandError);
    expect(texts).toHaveLength(2);
  });

  it.each<Answer>([
    'garbage',
    { statuses: [{ status: 'perhaps' }] },
    // What the coordinator says to a batch.
    { error: { code: 'request-invalid', message: 'No' } },
  ])('fails at once with which function to check when no worker answers: %j', async (answer) => {
    answers = [answer];
    const refused = transport().exchange(BATCH);
    await expect(refused).rejects.toMatchObject({ code: 'worker-answer-invalid' });
    await expect(refused).rejects.toThrow(
      /^The function of worker alice does not answer as a worker of this version does \(.*\); check its functionName/,
    );
    expect(texts).toHaveLength(1);
  });
});

describe('A batch larger than Lambda takes', () => {
  it('is refused before it travels, with what to do', async () => {
    const command: WireCommand = ['add', ['a'], { b: '1'.repeat(BATCH_BYTES_MAX) }, ['c']];
    const refused = transport().exchange({ commands: [command], keep: [] });
    await expect(refused).rejects.toMatchObject({ code: 'batch-too-large' });
    await expect(refused).rejects.toThrow(CommandError);
    expect(texts).toEqual([]);
  });
});

describe('Elements too large for a batch', () => {
  const bytes = Uint8Array.from({ length: 1_000 }, (_, index) => index % 256);
  const offer = {
    upload: SHA256(bytes),
    url: 'https://s3.example/upload',
    headers: { 'if-none-match': '*' },
  };
  const offered = { statuses: [{ status: 'done', value: offer }] };

  it('are put where the worker says, and named by what it calls them', async () => {
    answers = [offered];
    responses = [() => new Response('')];
    expect(await transport().upload(bytes)).toBe(offer.upload);
    expect(sent[0]?.commands).toEqual([
      ['$upload', [], { bytes: 1_000, sha256: SHA256(bytes) }, []],
    ]);
    expect(fetched).toEqual([{ url: offer.url, method: 'PUT', bytes: 1_000 }]);
  });

  it('are taken to be there when they are, and get a fresh URL when theirs has expired', async () => {
    answers = [offered];
    responses = [() => new Response('', { status: 412 })];
    expect(await transport().upload(bytes)).toBe(offer.upload);
    answers = [offered, offered];
    const expired =
      '<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>';
    responses = [() => new Response(expired, { status: 403 }), () => new Response('')];
    expect(await transport().upload(bytes)).toBe(offer.upload);
    expect(fetched).toHaveLength(3);
  });

  it('are refused as the worker refuses them', async () => {
    const error = { casualty: 'command', code: 'get-not-permitted', message: 'No' };
    answers = [{ statuses: [{ status: 'failed', error }] }];
    await expect(transport().upload(bytes)).rejects.toThrow(GetNotPermittedError);
  });

  it('are got from where the answer says, again when the line breaks', async () => {
    responses = [
      () => {
        throw new TypeError('reset');
      },
      () => new Response('', { status: 503 }),
      () => new Response(bytes),
    ];
    const from = { url: 'https://s3.example/download', sha256: SHA256(bytes) };
    expect(await transport().download(from)).toEqual(bytes);
    expect(fetched).toHaveLength(3);
  });

  it('are not taken for what was announced when they are something else', async () => {
    const from = { url: 'https://s3.example/download', sha256: 'ab'.repeat(32) };
    responses = [() => new Response(bytes)];
    await expect(transport().download(from)).rejects.toMatchObject({ code: 'download-corrupt' });
    const expired = '<Error><Code>ExpiredToken</Code></Error>';
    responses = [() => new Response(expired, { status: 400 })];
    await expect(transport().download(from)).rejects.toMatchObject({ code: 'url-expired' });
  });
});
