import { createHash } from 'node:crypto';
import { throwIfAborted } from '../../../src/device/abort.ts';
import type { Environment } from '../../../src/device/environment.ts';
import {
  type CheckInAnswer,
  encodeVersion,
  type OutcomeAnswer,
  type Slot,
  type TrainingPlan,
  type VersionDownload,
} from '../../../src/protocol/index.ts';

export const PSEUDONYM = 'd'.repeat(43);
export const COORDINATOR_URL = 'https://coordinator.example/federation/';

const STORAGE_URL = 'https://storage.example';

export const plan: TrainingPlan = {
  schema: 1,
  model: 'digits',
  tensors: [
    { name: 'w', dtype: 'F32', shape: [2, 2], role: 'trained' },
    { name: 'bias', dtype: 'F32', shape: [], role: 'trained' },
  ],
  architecture: null,
  training: { epochs: 1 },
  update: {
    encoding: 'f32',
    deltaBoundLog2: 4,
    exampleCountCap: 100,
    weighting: 'examples',
    cohortMax: 100,
  },
  strategy: { name: 'fedavg', options: {} },
};

export type RequestKind = 'check-in' | 'slot' | 'outcome' | 'version' | 'get' | 'put';

export interface SeenRequest {
  readonly kind: RequestKind;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly signal: AbortSignal;
}

/** One scripted answer: a response, a broken connection, or whatever the function does. */
export type Scripted =
  | Response
  | 'broken'
  | 'lost'
  | ((request: SeenRequest) => Response | Promise<Response>);

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function refusal(
  status: number,
  error: { code: string; detail?: Record<string, unknown>; retryAfterSeconds?: number },
): Response {
  return Response.json({ schema: 1, error: { message: 'Refused', ...error } }, { status });
}

export function storageError(status: number, code: string, message = 'No'): Response {
  const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return new Response(xml, { status });
}

/** A coordinator and its storage behind `fetch`, with a clock that only sleeping moves. */
export class FakeWorld {
  readonly requests: SeenRequest[] = [];
  readonly sleeps: number[] = [];
  readonly stored = new Map<string, Uint8Array>();
  readonly environment: Environment;
  /** Timers that would go off; tests fire them by hand. */
  readonly timers = new Set<() => void>();
  round = 4;
  baseVersion = 3;
  weights: Float32Array = Float32Array.of(1, 2, 3, 4, 0.5);
  urlEdition = 1;
  /** Pieces a download arrives in. */
  pieces = 2;
  readonly #scripts = new Map<RequestKind, Scripted[]>();
  #now = 1_700_000_000_000;

  constructor() {
    this.environment = {
      fetch: (url, init) => this.#fetch(url, init),
      now: () => this.#now,
      random: () => 0.5,
      sleep: async (ms, signal) => {
        throwIfAborted(signal);
        this.sleeps.push(ms);
        this.#now += ms;
      },
      startTimer: (_ms, callback) => {
        this.timers.add(callback);
        return () => this.timers.delete(callback);
      },
    };
  }

  /** The next requests of this kind are answered thus, in order; then as usual. */
  script(kind: RequestKind, ...answers: Scripted[]): this {
    this.#scripts.set(kind, [...(this.#scripts.get(kind) ?? []), ...answers]);
    return this;
  }

  count(kind: RequestKind): number {
    return this.requests.filter((request) => request.kind === kind).length;
  }

  kinds(): string {
    return this.requests.map(({ kind }) => kind).join(' ');
  }

  get file(): Uint8Array {
    return encodeVersion({ plan, version: this.baseVersion, weights: this.weights });
  }

  checkInAnswer(): CheckInAnswer {
    return {
      schema: 1,
      kind: 'selected',
      round: this.round,
      device: PSEUDONYM,
      plan,
      base: this.versionAnswer(),
      deadlineAt: this.#now + 60_000,
    };
  }

  versionAnswer(): VersionDownload {
    const { file } = this;
    const url = `${STORAGE_URL}/versions/${this.baseVersion}?edition=${this.urlEdition}`;
    return {
      schema: 1,
      model: 'digits',
      version: this.baseVersion,
      files: [{ name: 'model.safetensors', url, bytes: file.length, sha256: sha256Of(file) }],
    };
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    const signal = init.signal as AbortSignal;
    throwIfAborted(signal);
    const request: SeenRequest = {
      kind: kindOf(url, init.method),
      url,
      headers: init.headers as Record<string, string>,
      body: init.body as Uint8Array | undefined,
      signal,
    };
    this.requests.push(request);
    const scripted = this.#scripts.get(request.kind)?.shift();
    if (scripted === 'broken') throw new TypeError('fetch failed');
    if (scripted === undefined) return this.usual(request);
    if (scripted === 'lost') {
      this.usual(request);
      throw new TypeError('fetch failed');
    }
    return typeof scripted === 'function' ? scripted(request) : scripted;
  }

  /** What is answered without a script. */
  usual(request: SeenRequest): Response {
    switch (request.kind) {
      case 'check-in':
        return Response.json(this.checkInAnswer());
      case 'version':
        return Response.json(this.versionAnswer());
      case 'slot':
        return Response.json(this.#slot());
      case 'outcome':
        return Response.json(this.#outcome(new URL(request.url)));
      case 'get':
        return new Response(inPieces(this.file, this.pieces));
      case 'put':
        return this.#put(request);
    }
  }

  #slot(): Slot {
    return {
      schema: 1,
      url: `${STORAGE_URL}/updates/${this.round}?edition=${this.urlEdition}`,
      headers: { 'if-none-match': '*', 'x-amz-checksum-sha256': 'checksum' },
      expiresAt: this.#now + 900_000,
    };
  }

  #put({ url, body }: SeenRequest): Response {
    const key = new URL(url).pathname;
    if (this.stored.has(key)) return storageError(412, 'PreconditionFailed');
    this.stored.set(key, Uint8Array.from(body ?? []));
    return new Response(null, { status: 200 });
  }

  #outcome(url: URL): OutcomeAnswer {
    const stored = this.stored.get(`/updates/${this.round}`);
    if (stored === undefined) return { schema: 1, kind: 'missing', retryAfterSeconds: 1 };
    const isSame = url.searchParams.get('sha256') === sha256Of(stored);
    return { schema: 1, kind: isSame ? 'accepted' : 'duplicate', version: this.round };
  }
}

function kindOf(url: string, method: string | undefined): RequestKind {
  if (method === 'PUT') return 'put';
  const { pathname } = new URL(url);
  if (url.startsWith(STORAGE_URL)) return 'get';
  if (pathname.endsWith('/check-in')) return 'check-in';
  if (pathname.endsWith('/slot')) return 'slot';
  return pathname.endsWith('/outcome') ? 'outcome' : 'version';
}

export function inPieces(bytes: Uint8Array, pieces: number): ReadableStream<Uint8Array> {
  const size = Math.ceil(bytes.length / pieces);
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.length) {
        controller.close();
        return;
      }
      controller.enqueue(bytes.slice(offset, offset + size));
      offset += size;
    },
  });
}
