import type { RetryContext } from '../device/retry.ts';
import type { ResultObject, RoundStatus } from '../protocol/index.ts';

/** Waits between two questions, in milliseconds: short rounds end in a second, long ones in hours. */
const POLL_MS_MIN = 250;
const POLL_MS_MAX = 5_000;
const POLL_GROWTH = 1.5;

/**
 * Asks for a round's status until it has a result.
 *
 * @throws What `ask` throws; `signal.reason` when aborted.
 */
export async function waitForResult(
  ask: () => Promise<RoundStatus>,
  { environment, signal }: RetryContext,
): Promise<ResultObject> {
  for (let boundMs = POLL_MS_MIN; ; boundMs = Math.min(POLL_MS_MAX, boundMs * POLL_GROWTH)) {
    const { result } = await ask();
    if (result !== null) return result;
    await environment.sleep(boundMs * (0.5 + environment.random() / 2), signal);
  }
}
