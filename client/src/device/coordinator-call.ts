import type { z } from 'zod';
import {
  decodeJson,
  encodeJson,
  InvocationFailedError,
  ObjectInvalidError,
  type Refusal,
  RequestRefusedError,
  refusalSchema,
} from '../protocol/index.ts';
import { readStart } from './body.ts';
import { shownUrl } from './connection-fault.ts';
import { type ExchangeRequest, exchange } from './exchange.ts';
import { type Attempt, type RetryContext, retryAfterSeconds, withRetries } from './retry.ts';
import { currentToken, type TokenSource } from './token.ts';

/** Longest silence, before an answer and between its pieces: the coordinator's own timeout is 30 s. */
const ANSWER_SILENCE_MS = 35_000;

/**
 * Longest time for a whole answer, however steadily it trickles: the largest plan, 1 MiB, takes 64 s on
 * a line of 16 KiB a second.
 */
const ANSWER_TOTAL_MS = 120_000;

/** Largest answer read: a synchronous Lambda answers with at most 6 MB (Lambda quotas). */
const ANSWER_BYTES_MAX = 6 * 1024 * 1024;

/** One JSON request to the coordinator. */
export interface CoordinatorCall<T> {
  /** For messages, with its article: `the check-in`. */
  readonly what: string;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** Asked anew for each attempt: between two of them minutes may pass. */
  readonly token: TokenSource | undefined;
  readonly body?: unknown;
  readonly answer: z.ZodType<T>;
  /** Told of every answer, whatever it says: the coordinator is there. */
  readonly onAnswered?: (() => void) | undefined;
}

/** The refusal of a token whose time is over; a source that makes tokens may have a newer one. */
const TOKEN_EXPIRED = 'token-expired';

/**
 * Asks the coordinator, again while it or the network is at fault, and checks the answer. A token that
 * has expired on the way is replaced once, where its source is a function.
 *
 * @throws {@link RequestRefusedError} with the refusal's code; its `detail` also has `status` and, if
 * stated, `retryAfterSeconds`.
 * @throws {@link InvocationFailedError} `unreachable`, `timed-out` or the refusal's code when attempts
 * are used up.
 * @throws {@link ObjectInvalidError} when the answer is not as the protocol says.
 * @throws {@link DeploymentError} `token-missing`, `token-failed`.
 */
export function callCoordinator<T>(call: CoordinatorCall<T>, context: RetryContext): Promise<T> {
  return withRetries(() => attemptFresh(call, context), context);
}

async function attemptFresh<T>(
  call: CoordinatorCall<T>,
  context: RetryContext,
): Promise<Attempt<T>> {
  try {
    return await attempt(call, context);
  } catch (error) {
    const isExpired = error instanceof RequestRefusedError && error.code === TOKEN_EXPIRED;
    if (!isExpired || typeof call.token !== 'function') throw error;
    return attempt(call, context);
  }
}

async function requestOf(call: CoordinatorCall<unknown>): Promise<ExchangeRequest> {
  return {
    what: call.what,
    method: call.method,
    url: call.url,
    headers: {
      authorization: `Bearer ${await currentToken(call.token)}`,
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: call.body === undefined ? undefined : encodeJson(call.body),
    timeoutMs: ANSWER_SILENCE_MS,
    totalMs: ANSWER_TOTAL_MS,
  };
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: Uint8Array;
}

async function attempt<T>(call: CoordinatorCall<T>, context: RetryContext): Promise<Attempt<T>> {
  const exchanged = await exchange(await requestOf(call), readAnswer, context);
  if (exchanged.kind === 'unreachable') {
    const { error, isNobodyThere } = exchanged;
    return { kind: 'again', error, isNobodyThere };
  }
  call.onAnswered?.();
  const { value } = exchanged;
  if (value.status < 200 || value.status >= 300) {
    return refused(call, value, context.environment.now());
  }
  return { kind: 'done', value: decodeAnswer(call, value.body) };
}

async function readAnswer(response: Response, touch: () => void): Promise<Answer> {
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: await readStart(response, ANSWER_BYTES_MAX, touch),
  };
}

/** Any server may answer with success; that it is another one is told by what it says. */
function decodeAnswer<T>({ what, url, answer }: CoordinatorCall<T>, body: Uint8Array): T {
  try {
    return decodeJson(answer, body, { source: `the answer to ${what}` });
  } catch (cause) {
    if (!(cause instanceof ObjectInvalidError) || cause.code === 'schema-newer') throw cause;
    const { code, detail } = cause;
    throw new ObjectInvalidError(
      `${shownUrl(url)} gave ${what} no coordinator's answer; check coordinatorUrl: ${cause.message}`,
      { code, detail, cause },
    );
  }
}

type Asked = Pick<CoordinatorCall<unknown>, 'what' | 'url'>;

function refused({ what, url }: Asked, answer: Answer, now: number): Attempt<never> {
  const refusal = readRefusal(answer.body);
  const code = refusal?.code ?? `http-${answer.status}`;
  const message =
    refusal?.message ??
    `${shownUrl(url)} answered ${what} with status ${answer.status} and no reason; check coordinatorUrl and try again`;
  const wait = longer(retryAfterSeconds(answer.retryAfter, now), refusal?.retryAfterSeconds);
  const detail = {
    ...refusal?.detail,
    status: answer.status,
    ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
  };
  if (!isTransientStatus(answer.status)) throw new RequestRefusedError(message, { code, detail });
  const error = new InvocationFailedError(message, { code, detail });
  return { kind: 'again', error, retryAfterSeconds: wait };
}

function readRefusal(body: Uint8Array): Refusal['error'] | undefined {
  try {
    return decodeJson(refusalSchema, body, { source: 'the refusal' }).error;
  } catch {
    // Proxies and load balancers refuse in HTML; the status alone has to do.
    return undefined;
  }
}

/** True when the same request may succeed later: time-outs, throttling, faults of the other side. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function longer(first: number | undefined, second: number | undefined): number | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return Math.max(first, second);
}
