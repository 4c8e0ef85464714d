import type { Attempt, RetryContext } from '../device/retry.ts';
import { InvocationFailedError } from '../protocol/index.ts';
import type { OperatorTransport } from './operator-transport.ts';

/** One invocation of a function. */
export interface Invocation {
  /** For messages, with its article where it has one: `the batch for worker alice`. */
  readonly what: string;
  readonly payload: Uint8Array;
  /** Longest wait for the answer. */
  readonly timeoutMs: number;
}

/**
 * Invokes a function and gives up waiting after a time; it may run on.
 *
 * @throws `signal.reason` when aborted; whatever only a change of configuration cures.
 */
export async function invokeWithin(
  transport: OperatorTransport,
  { what, payload, timeoutMs }: Invocation,
  { environment, signal }: RetryContext,
): Promise<Attempt<Uint8Array>> {
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const cancel = environment.startTimer(timeoutMs, () => controller.abort());
  try {
    return await transport.invoke(payload, controller.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!controller.signal.aborted) throw error;
    return {
      kind: 'again',
      error: new InvocationFailedError(
        `No answer to ${what} within ${timeoutMs} ms; check the connection and try again`,
        { code: 'timed-out', cause: error },
      ),
    };
  } finally {
    cancel();
    signal.removeEventListener('abort', onAbort);
  }
}
