import { DeploymentError, InvocationFailedError, TributaryError } from '../protocol/index.ts';
import { abortReason, throwIfAborted } from './abort.ts';
import { type BrowserFault, findBrowserFault } from './browser-block.ts';
import {
  connectionFault,
  isCredentialFault,
  isNobodyThere,
  PROXY_CREDENTIALS_ADVICE,
  proxyHint,
  shownUrl,
} from './connection-fault.ts';
import type { Environment } from './environment.ts';
import type { RetryContext } from './retry.ts';

/** One HTTP request; the body is bytes held in memory, so that every retry sends the same. */
export interface ExchangeRequest {
  /** What the request is for, in messages: `the check-in`. */
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Its query may hold a signature and is never shown. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  /** Longest silence: from sending to the answer, and between two pieces of its body. */
  readonly timeoutMs: number;
  /** Longest time altogether, whatever arrives meanwhile. @default none */
  readonly totalMs?: number | undefined;
}

/** Turns a response into a value; `touch` restarts the timeout. */
export type ReadResponse<T> = (response: Response, touch: () => void) => Promise<T>;

/**
 * `unreachable`: no whole answer came; whether the request took effect is unknown, unless nobody is at
 * the address.
 */
export type Exchanged<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | {
      readonly kind: 'unreachable';
      readonly error: TributaryError;
      readonly isNobodyThere: boolean;
      /** True when the browser lets no answer through, however often it is asked. */
      readonly isBlocked: boolean;
    };

/**
 * Sends one request and reads the answer, whatever its status.
 *
 * @throws `signal.reason` when aborted; a {@link TributaryError} that `read` throws.
 */
export async function exchange<T>(
  request: ExchangeRequest,
  read: ReadResponse<T>,
  { environment, signal }: RetryContext,
): Promise<Exchanged<T>> {
  throwIfAborted(signal);
  const controller = new AbortController();
  const onAbort = () => controller.abort(abortReason(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  let timedOutMs: number | undefined;
  let isAnswered = false;
  const timers = startTimers(request, environment, (ms) => {
    timedOutMs = ms;
    controller.abort();
  });
  try {
    const response = await environment.fetch(request.url, initOf(request, controller.signal));
    isAnswered = true;
    const value = await read(response, timers.touch);
    throwIfAborted(signal);
    return { kind: 'answered', value };
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof TributaryError) throw error;
    if (timedOutMs !== undefined) return timedOut(request, timedOutMs, error);
    const asked = { url: request.url, signal: controller.signal };
    // An answer that broke off was let through.
    const browserFault = isAnswered ? undefined : await findBrowserFault(asked, environment);
    throwIfAborted(signal);
    return unreachable(request, browserFault, error);
  } finally {
    timers.cancel();
    signal.removeEventListener('abort', onAbort);
  }
}

/** Starts the clocks of a request; `touch` restarts the one of silence. */
function startTimers(
  { timeoutMs, totalMs }: ExchangeRequest,
  { startTimer }: Environment,
  onTimeout: (ms: number) => void,
): { readonly touch: () => void; readonly cancel: () => void } {
  const startSilence = () => startTimer(timeoutMs, () => onTimeout(timeoutMs));
  let cancelSilence = startSilence();
  const cancelTotal =
    totalMs === undefined ? () => undefined : startTimer(totalMs, () => onTimeout(totalMs));
  return {
    touch: () => {
      cancelSilence();
      cancelSilence = startSilence();
    },
    cancel: () => {
      cancelSilence();
      cancelTotal();
    },
  };
}

function initOf(request: ExchangeRequest, signal: AbortSignal): RequestInit {
  return {
    method: request.method,
    headers: { ...request.headers },
    // Nothing here may come from or go to a browser's cache or cookie jar.
    cache: 'no-store',
    credentials: 'omit',
    // Coordinators and presigned URLs never redirect: an update must not follow a stranger's hint.
    redirect: 'manual',
    signal,
    ...(request.body === undefined ? {} : { body: request.body as Uint8Array<ArrayBuffer> }),
  };
}

type Unreachable = Extract<Exchanged<never>, { kind: 'unreachable' }>;

function timedOut({ what, url }: ExchangeRequest, ms: number, cause: unknown): Unreachable {
  const error = new InvocationFailedError(
    `No whole answer to ${what} from ${shownUrl(url)} within ${ms} ms; check the connection and try again`,
    { code: 'timed-out', cause },
  );
  return { kind: 'unreachable', error, isNobodyThere: false, isBlocked: false };
}

function unreachable(
  { what, url }: ExchangeRequest,
  browserFault: BrowserFault | undefined,
  cause: unknown,
): Unreachable {
  const from = `${what} from ${shownUrl(url)}`;
  if (browserFault?.kind === 'blocked') {
    const { code, explanation } = browserFault;
    const error = new DeploymentError(`No answer to ${from}: ${explanation}`, { code, cause });
    return { kind: 'unreachable', error, isNobodyThere: false, isBlocked: true };
  }
  const fault = connectionFault(cause);
  const advice = isCredentialFault(fault)
    ? PROXY_CREDENTIALS_ADVICE
    : `check the connection${proxyHint(cause)} and the address and try again${browserFault?.hint ?? ''}`;
  const error = new InvocationFailedError(
    `No answer to ${from}${fault === undefined ? '' : ` (${fault})`}; ${advice}`,
    { code: 'unreachable', ...(fault === undefined ? {} : { detail: { fault } }), cause },
  );
  return { kind: 'unreachable', error, isNobodyThere: isNobodyThere(fault), isBlocked: false };
}
