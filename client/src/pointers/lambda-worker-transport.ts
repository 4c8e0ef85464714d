import { readStart } from '../device/body.ts';
import type { Environment } from '../device/environment.ts';
import { exchange } from '../device/exchange.ts';
import { progressReporter } from '../device/progress.ts';
import { type Attempt, type RetryContext, withRetries } from '../device/retry.ts';
import { SlotLease } from '../device/slot-lease.ts';
import {
  isPage,
  readFault,
  type StorageFault,
  sortStorageFault,
} from '../device/storage-answer.ts';
import { currentToken, type TokenSource } from '../device/token.ts';
import { uploadBytes } from '../device/upload.ts';
import { invokeWithin } from '../federation/invoke-within.ts';
import type { OperatorTransport } from '../federation/operator-transport.ts';
import {
  BATCH_BYTES_MAX,
  type BatchAnswer,
  batchAnswerSchema,
  CommandError,
  type CommandStatus,
  DeploymentError,
  decodeJson,
  encodeAttributes,
  encodeJson,
  errorFromJson,
  ObjectInvalidError,
  RequestRefusedError,
  sha256Hex,
  TENSOR_ELEMENTS_MAX,
  type UploadValue,
  uploadValueSchema,
} from '../protocol/index.ts';
import { hasOwn, ownMembers } from '../protocol/own-members.ts';
import type { OutgoingBatch, WorkerTransport } from './transport.ts';

/**
 * Largest tensor that travels inside a batch, in bytes: base64 makes 4 MiB of it, and a batch ends at
 * 5 MB. What is larger goes through S3, which takes two round trips more.
 */
const INLINE_BYTES_MAX: number = 3 * 1024 * 1024;

/** Somebody waits for the answer: better an error after a minute than after five. */
const RETRY_TOTAL_MS = 60_000;

/** Longest silence of a download; each piece that arrives starts it anew. */
const SILENCE_TIMEOUT_MS = 60_000;

/** What the signature of a download covers. */
const SIGNED = 'GET, the whole URL and the header host';

/** Largest element, of complex64. */
const ELEMENT_BYTES_MAX = 8;

/** What a {@link LambdaWorkerTransport} works with. */
export interface LambdaWorkerTransportOptions {
  /** The worker's id. */
  readonly worker: string;
  readonly transport: OperatorTransport;
  readonly environment: Environment;
  readonly token: TokenSource | undefined;
  /** Longest wait for the answer to one batch. */
  readonly timeoutMs: number;
}

/** The way to a worker that is a Lambda function: batches by invocation, large tensors through S3. */
export class LambdaWorkerTransport implements WorkerTransport {
  readonly inlineBytesMax: number = INLINE_BYTES_MAX;
  readonly fetches = true;
  readonly #options: LambdaWorkerTransportOptions;

  constructor(options: LambdaWorkerTransportOptions) {
    this.#options = options;
  }

  async exchange({ commands, keep }: OutgoingBatch): Promise<readonly CommandStatus[]> {
    const { worker, transport, token, timeoutMs } = this.#options;
    const what = `the batch for worker ${worker}`;
    const context = this.#retrying();
    return await withRetries(async () => {
      // A token may expire between two attempts.
      const shown = token === undefined ? {} : { token: await currentToken(token) };
      const payload = encodeJson({ schema: 1, worker, commands, keep, ...shown });
      if (payload.length > BATCH_BYTES_MAX) throw tooLarge(payload.length);
      const invoked = await invokeWithin(transport, { what, payload, timeoutMs }, context);
      return invoked.kind === 'again' ? invoked : statusesOf(worker, invoked.value);
    }, context);
  }

  async upload(bytes: Uint8Array): Promise<string> {
    const what = `the upload of ${bytes.length} bytes for worker ${this.#options.worker}`;
    const attributes = { bytes: bytes.length, sha256: await sha256Hex(bytes) };
    const context = this.#retrying();
    const first = await this.#offer(attributes);
    const ask = () => this.#offer(attributes);
    const lease = new SlotLease({ what, ask, first }, context.environment);
    const progress = progressReporter(undefined, context.signal);
    // Bytes are named by their SHA-256, so whatever exists there is the same.
    await uploadBytes({ what, bytes, lease }, { ...context, progress });
    return first.upload;
  }

  async download(from: { readonly url: string; readonly sha256: string }): Promise<Uint8Array> {
    const context = this.#retrying();
    const bytes = await withRetries(() => getBytes(from.url, context), context);
    if ((await sha256Hex(bytes)) === from.sha256) return bytes;
    throw new ObjectInvalidError(
      'A tensor arrived with other bytes than announced; check what is between this program and storage, and get it again',
      { code: 'download-corrupt' },
    );
  }

  async #offer(attributes: { bytes: number; sha256: string }): Promise<UploadValue> {
    const [status] = await this.exchange({
      commands: [['$upload', [], encodeAttributes(attributes), []]],
      keep: [],
    });
    if (status?.status === 'failed') throw errorFromJson(status.error);
    return uploadValueSchema.parse(
      ownMembers(status?.status === 'done' ? status.value : undefined),
    );
  }

  #retrying(): RetryContext {
    const { environment } = this.#options;
    return { environment, signal: new AbortController().signal, retryTotalMs: RETRY_TOTAL_MS };
  }
}

function statusesOf(worker: string, payload: Uint8Array): Attempt<readonly CommandStatus[]> {
  const answer = readAnswer(worker, payload);
  if (hasOwn(answer, 'statuses')) return { kind: 'done', value: answer.statuses };
  const error = errorFromJson(answer.error);
  const after = error.detail?.['retryAfterSeconds'];
  const retryAfterSeconds = typeof after === 'number' ? after : undefined;
  if (error.casualty !== 'invocation' && retryAfterSeconds === undefined) throw error;
  return { kind: 'again', error, retryAfterSeconds };
}

function readAnswer(worker: string, payload: Uint8Array): BatchAnswer {
  try {
    return decodeJson(batchAnswerSchema, payload, { source: 'its answer' });
  } catch (cause) {
    if (!(cause instanceof ObjectInvalidError)) throw cause;
    throw new DeploymentError(
      `The function of worker ${worker} does not answer as a worker of this version does (${cause.message}); check its functionName: the output WorkerFunctionNames of cdk deploy has it`,
      { code: 'worker-answer-invalid', cause },
    );
  }
}

/** Said here, for Lambda would only say that it does not take the payload. */
function tooLarge(bytes: number): CommandError {
  return new CommandError(
    `A batch has ${bytes} bytes, expected at most ${BATCH_BYTES_MAX}; send() the numbers that it holds as tensors, and make large tensors that a plan uses its arguments`,
    { code: 'batch-too-large' },
  );
}

async function getBytes(url: string, context: RetryContext): Promise<Attempt<Uint8Array>> {
  const what = 'the download of a tensor';
  const exchanged = await exchange<Uint8Array | StorageFault>(
    { what, method: 'GET', url, headers: {}, timeoutMs: SILENCE_TIMEOUT_MS },
    (response, touch) =>
      response.status === 200 && !isPage(response)
        ? readStart(response, TENSOR_ELEMENTS_MAX * ELEMENT_BYTES_MAX, touch)
        : readFault(what, response, context.environment.now()),
    context,
  );
  if (exchanged.kind === 'unreachable') return { kind: 'again', error: exchanged.error };
  if (exchanged.value instanceof Uint8Array) return { kind: 'done', value: exchanged.value };
  const sorted = sortStorageFault(exchanged.value, { isOver: false, signed: SIGNED });
  if (sorted.kind === 'again') return sorted;
  throw new RequestRefusedError('The URL of a tensor has expired; get it again', {
    code: 'url-expired',
  });
}
