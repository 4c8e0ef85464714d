import {
  accelerateWith,
  executeBatch,
  type Tf,
  type TransferStore,
  type WorkerStore,
} from '@tributary/client/execution';
import {
  type BatchAnswer,
  cleanCause,
  InvocationFailedError,
  TributaryError,
} from '@tributary/client/protocol';
import type { Log } from '../log.ts';
import { type Environment, readWorkerSettings, type WorkerSettings } from '../settings.ts';
import { S3PresignedUrls } from '../storage/presigned-urls.ts';
import { createS3Client } from '../storage/s3-object-store.ts';
import type { Accelerator, AcceleratorFault } from './accelerator.ts';
import { type Identities, OPERATOR_ALONE, tokenIdentities } from './identify.ts';
import { NativeAccelerator } from './native-accelerator.ts';
import { FileCache } from './store/file-cache.ts';
import { S3WorkerStore } from './store/s3-worker-store.ts';
import { WorkerBucket } from './store/worker-bucket.ts';
import { S3TransferStore } from './transfers/s3-transfer-store.ts';
import { WasmAccelerator } from './wasm/wasm-accelerator.ts';

/** Bytes of elements that a warm function keeps: an eighth of the memory it is deployed with. */
const CACHE_BYTES_MAX: number = 256 * 1024 * 1024;

/** Time left for an answer when no command is begun any more, in milliseconds. */
const ANSWER_MS = 2_000;

/** What a worker is made of. */
export interface WorkerParts {
  readonly worker: string;
  readonly identities: Identities;
  readonly store: WorkerStore;
  readonly transfers: TransferStore;
  readonly tf: Tf;
  readonly accelerator: Accelerator;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

/** One function instance of a worker, kept while it is warm. It runs one batch at a time. */
export class Worker {
  readonly #parts: WorkerParts;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  /**
   * Answers whatever came. Never throws: what went wrong is in the answer, and in the log if it is
   * not the caller's fault.
   *
   * @param remainingMs - Time until the function is ended.
   */
  async answer(event: unknown, remainingMs: number): Promise<BatchAnswer> {
    const { identities, log } = this.#parts;
    try {
      return await this.#execute(event, {
        caller: await identities.callerOf(event),
        deadlineAt: this.#parts.now() + remainingMs - ANSWER_MS,
      });
    } catch (error) {
      return answerFailing(error, log);
    }
  }

  async #execute(
    event: unknown,
    { caller, deadlineAt }: { readonly caller: string; readonly deadlineAt: number },
  ): Promise<BatchAnswer> {
    const { worker, identities, store, transfers, tf, accelerator, now } = this.#parts;
    return await executeBatch(
      {
        ...{ worker, caller, store, transfers, tf, now },
        deadline: () => deadlineAt,
        pseudonymOf: identities.ownerOf,
        prepare: async (party) => {
          await accelerator.prepare(party);
          accelerateWith(tf, (call) => accelerator.accelerate(party, call));
        },
      },
      event,
    );
  }
}

/** The answer to what could not be executed; whoever may invoke the function may know why. */
export function answerFailing(error: unknown, log: Log): BatchAnswer {
  if (error instanceof TributaryError && error.casualty === 'request') return answerOf(error);
  const clean = cleanCause(error);
  const { name, message, stack, cause } = clean instanceof Error ? clean : new Error(String(clean));
  log({ level: 'error', event: 'batch-failed', name, message, stack, cause: String(cause) });
  if (error instanceof TributaryError) return answerOf(error);
  const text = 'The worker failed to execute the batch; send it again, that is harmless';
  return answerOf(new InvocationFailedError(text, { code: 'try-again' }));
}

function answerOf(error: TributaryError): BatchAnswer {
  return { schema: 1, error: error.toJSON() };
}

/** Puts a worker together from the environment. @throws `DeploymentError` */
export function createWorker(environment: Environment, tf: Tf, log: Log): Worker {
  const { bucket: name, worker, identity, accelerator } = readWorkerSettings(environment);
  const client = createS3Client();
  const bucket = new WorkerBucket({ client, bucket: name });
  const now = Date.now;
  const cache = new FileCache(CACHE_BYTES_MAX);
  const urls = new S3PresignedUrls({ client, bucket: name });
  return new Worker({
    ...{ worker, tf, now, log },
    identities: identity === undefined ? OPERATOR_ALONE : tokenIdentities(identity, now),
    store: new S3WorkerStore({ bucket, worker, cache, now }),
    transfers: new S3TransferStore({ bucket, urls, worker, now }),
    accelerator: acceleratorOf(accelerator, tf, log),
  });
}

function acceleratorOf(kind: WorkerSettings['accelerator'], tf: Tf, log: Log): Accelerator {
  const onFault = ({ kernel, error }: AcceleratorFault) =>
    log({ level: 'warn', event: 'accelerator-failed', kernel, message: String(cleanCause(error)) });
  return kind === 'wasm'
    ? new WasmAccelerator(tf, onFault)
    : new NativeAccelerator({ tf, onFault });
}
