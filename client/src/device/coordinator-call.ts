import type { z } from 'zod';
import {
  decodeJson,
  encodeJson,
  InvocationFailedError,
  type Refusal,
  RequestRefusedError,
  refusalSchema,
} from '../protocol/index.ts';
import { hasOwn } from '../protocol/own-members.ts';
import { readStart } from './body.ts';
import { isCredentialFault } from './connection-fault.ts';
import { type ExchangeRequest, exchange } from './exchange.ts';
import { type CoordinatorAnswer, notCoordinatorError } from './not-coordinator.ts';
import {
  type Attempt,
  isTransientStatus,
  type RetryContext,
  statedWaitSeconds,
  withRetries,
} from './retry.ts';
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
  /**
   * True when a coordinator has answered at this address before: then what something else answers, such
   * as a login page, will pass. Else the address is wrong.
   *
   * @default false
   */
  readonly isKnown?: boolean | undefined;
  /** Called with each answer of a coordinator, refusals included. */
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
 * are used up; `not-a-coordinator` for an answer that is not a coordinator's, at once unless one has
 * answered before.
 * @throws {@link ObjectInvalidError} when the answer is not as the protocol says.
 * @throws {@link DeploymentError} `token-missing`, `token-failed`; in browsers `origin-not-allowed`,
 * `mixed-content`.
 */
export function callCoordinator<T>(call: CoordinatorCall<T>, context: RetryContext): Promise<T> {
  return withRetries(() => attemptFresh(call, context), context);
}

async function attemptFresh<T>(
  call: CoordinatorCall<T>,
  context: RetryContext,
): Promise<Attempt<T>> {
  const token = await currentToken(call.token);
  try {
    return await attempt(call, token, context);
  } catch (error) {
    const isExpired = error instanceof RequestRefusedError && error.code === TOKEN_EXPIRED;
    if (!isExpired || typeof call.token !== 'function') throw error;
    return attempt(call, await currentToken(call.token, token), context);
  }
}

function requestOf(call: CoordinatorCall<unknown>, token: string): ExchangeRequest {
  return {
    what: call.what,
    method: call.method,
    url: call.url,
    headers: {
      authorization: `Bearer ${token}`,
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: call.body === undefined ? undefined : encodeJson(call.body),
    timeoutMs: ANSWER_SILENCE_MS,
    totalMs: ANSWER_TOTAL_MS,
  };
}

async function attempt<T>(
  call: CoordinatorCall<T>,
  token: string,
  context: RetryContext,
): Promise<Attempt<T>> {
  const { now } = context.environment;
  const exchanged = await exchange(
    requestOf(call, token),
    (response, touch) => readAnswer(response, { touch, now: now() }),
    context,
  );
  if (exchanged.kind === 'unreachable') {
    const { error, isNobodyThere } = exchanged;
    const isKnown = call.isKnown === true;
    // A proxy that has let requests through may want credentials for a while only.
    if (!isKnown && isCredentialFault(error.detail?.['fault'])) throw error;
    return { kind: 'again', error, isNobodyThere, isBlocked: exchanged.isBlocked && !isKnown };
  }
  const answer = exchanged.value;
  return isSuccess(answer) ? accepted(call, answer) : refused(call, answer);
}

async function readAnswer(
  response: Response,
  { touch, now }: { readonly touch: () => void; readonly now: number },
): Promise<CoordinatorAnswer> {
  return {
    status: response.status,
    location: response.headers.get('location'),
    retryAfterSeconds: statedWaitSeconds(response.headers, now),
    body: await readStart(response, ANSWER_BYTES_MAX, touch),
  };
}

function isSuccess({ status }: CoordinatorAnswer): boolean {
  return status >= 200 && status < 300;
}

/** Any server may answer with success; that it is another one is told by what it says. */
function accepted<T>(call: CoordinatorCall<T>, answer: CoordinatorAnswer): Attempt<T> {
  if (!hasSchema(answer.body)) return notCoordinator(call, answer);
  const value = decodeJson(call.answer, answer.body, { source: `the answer to ${call.what}` });
  call.onAnswered?.();
  return { kind: 'done', value };
}

function refused<T>(call: CoordinatorCall<T>, answer: CoordinatorAnswer): Attempt<T> {
  const refusal = readRefusal(answer.body);
  if (refusal === undefined) return notCoordinator(call, answer);
  call.onAnswered?.();
  const { code, message } = refusal;
  const wait = longer(answer.retryAfterSeconds, refusal.retryAfterSeconds);
  const detail = {
    ...refusal.detail,
    status: answer.status,
    ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
  };
  if (!isTransientStatus(answer.status)) throw new RequestRefusedError(message, { code, detail });
  const error = new InvocationFailedError(message, { code, detail });
  return { kind: 'again', error, retryAfterSeconds: wait };
}

/** A proxy, a load balancer, a login page, or a wrong address. */
function notCoordinator(call: CoordinatorCall<unknown>, answer: CoordinatorAnswer): Attempt<never> {
  const error = notCoordinatorError(call, answer);
  if (!isTransientStatus(answer.status) && call.isKnown !== true) throw error;
  return { kind: 'again', error, retryAfterSeconds: answer.retryAfterSeconds };
}

function readRefusal(body: Uint8Array): Refusal['error'] | undefined {
  try {
    return decodeJson(refusalSchema, body, { source: 'the refusal' }).error;
  } catch {
    return undefined;
  }
}

/** Every answer of a coordinator, of any version, is a JSON object with a `schema`. */
function hasSchema(body: Uint8Array): boolean {
  try {
    const answer: unknown = JSON.parse(new TextDecoder().decode(body));
    return typeof answer === 'object' && answer !== null && hasOwn(answer, 'schema');
  } catch {
    return false;
  }
}

function longer(first: number | undefined, second: number | undefined): number | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return Math.max(first, second);
}
