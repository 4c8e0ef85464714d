import { InvocationFailedError } from '../protocol/index.ts';
import { PROXY_CREDENTIALS_ADVICE, shownUrl } from './connection-fault.ts';
import { isTransientStatus } from './retry.ts';

/** What AWS answers for a function that has no room for another request, before any of our code runs. */
const TOO_MANY_REQUESTS = 429;

/** Characters shown of an address that a stranger named. */
const TEXT_LENGTH_MAX = 200;

/** An answer at the coordinator's address, also one that the coordinator did not give. */
export interface CoordinatorAnswer {
  /** 0 for a redirect that a browser does not show. */
  readonly status: number;
  /** Header of a redirect. */
  readonly location: string | null;
  /** Wait that the answer's header asks for. */
  readonly retryAfterSeconds: number | undefined;
  readonly body: Uint8Array;
}

/** What was asked, and where. */
export interface AskedQuestion {
  /** For messages, with its article: `the check-in`. */
  readonly what: string;
  readonly url: string;
}

/**
 * Says that the answer is not a coordinator's: `not-a-coordinator`, or `http-…` for a status that says
 * that the fault will pass. Nothing of the answer's text is repeated.
 */
export function notCoordinatorError(
  { what, url }: AskedQuestion,
  { status, location }: CoordinatorAnswer,
): InvocationFailedError {
  return new InvocationFailedError(
    `${shownUrl(url)} answered ${what} with ${describeAnswer(status, location)}, not as a coordinator does; ${answerAdvice(status, 'coordinatorUrl')}`,
    {
      code: isTransientStatus(status) ? `http-${status}` : 'not-a-coordinator',
      detail: { status },
    },
  );
}

/** Names an answer's status, or where its redirect leads, without credentials and query. */
export function describeAnswer(status: number, location: string | null): string {
  if (status !== 0 && (status < 300 || status >= 400)) return `status ${status}`;
  return location === null ? 'a redirect' : `a redirect to ${printable(shownUrl(location))}`;
}

/** A stranger's text, which may hold anything. */
function printable(text: string): string {
  return text.slice(0, TEXT_LENGTH_MAX).replace(/[^\x21-\x7e]/g, '?');
}

/**
 * Says what to do about an answer that another server gave.
 *
 * @param setting - What states the address that was asked, such as `coordinatorUrl`.
 */
export function answerAdvice(status: number, setting: string): string {
  if (status === 407) {
    return `the proxy in between wants credentials: ${PROXY_CREDENTIALS_ADVICE}`;
  }
  if (status === 511) return 'the network wants a login: open a page in a browser of this device';
  if (status === TOO_MANY_REQUESTS) {
    return "too many requests came at once: try again later, and where this lasts, raise the function's concurrency, or the limit of what is in between";
  }
  const check = `check ${setting}, and what is in between, such as a proxy or the login page of a network`;
  return isTransientStatus(status) ? `try again later, and where this lasts, ${check}` : check;
}
