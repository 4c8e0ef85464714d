/** Ending a round by hand: closing publishes what is there, aborting throws it away. */
import { type Operation, RequestRefusedError, type RoundStatus } from '@tributary/client/protocol';
import { SealOutlines } from '../../records/seal-outlines.ts';
import { abortRound as abortOpenRound } from '../../steps/finish.ts';
import { HeaderCache } from '../../steps/read-headers.ts';
import { openRound, type StepContext } from '../../steps/step.ts';
import type { Coordinator } from '../coordinator.ts';
import { hintCollect, hintTimer } from './hint.ts';
import { roundStatus } from './round-status.ts';

export type EndRound = Extract<Operation, { readonly operation: 'close-round' | 'abort-round' }>;

/**
 * Ends collection now. Closing what is closed already changes nothing.
 *
 * @throws {@link RequestRefusedError} `model-unknown`, `round-unknown`, `already-closed`.
 */
export async function closeRound(
  coordinator: Coordinator,
  request: EndRound,
): Promise<RoundStatus> {
  const { records, now } = coordinator;
  const { requestId, stop } = request;
  const before = await roundStatus(records, request);
  if (before.result !== null) {
    if (stop && !before.result.stop) throw alreadyClosed(request, 'has its result');
    return before;
  }
  const { value } = await records.writeClose(request, {
    schema: 1,
    reason: 'operator',
    requestId,
    closedAt: now(),
    stop,
  });
  await hintCollect(coordinator, request);
  if (stop && !value.stop) throw alreadyClosed(request, `was closed before (${value.reason})`);
  return roundStatus(records, request);
}

/**
 * Ends a round without a version. Aborting what is aborted already changes nothing.
 *
 * @throws {@link RequestRefusedError} `model-unknown`, `round-unknown`, `already-published`,
 * `already-closed`.
 */
export async function abortRound(
  coordinator: Coordinator,
  request: EndRound,
): Promise<RoundStatus> {
  const { records } = coordinator;
  await roundStatus(records, request);
  const context: StepContext = {
    ...coordinator,
    headers: new HeaderCache(),
    seals: new SealOutlines(records),
  };
  const open = await openRound(context, request);
  if (open !== undefined) {
    const { timer } = await abortOpenRound(context, open, {
      reason: 'operator',
      message: `Operator aborted the round; the model stays at version ${open.round.base.version}`,
      requestId: request.requestId,
      stop: request.stop,
    });
    await hintTimer(coordinator, timer);
  }
  const status = await roundStatus(records, request);
  const { result } = status;
  if (result?.kind === 'published') {
    throw new RequestRefusedError(
      `Round ${request.round} of ${request.model} published version ${result.version} and can't be aborted; start a new round, or go on from an older version`,
      { code: 'already-published', detail: { round: request.round, version: result.version } },
    );
  }
  if (request.stop && result?.stop === false) throw alreadyClosed(request, 'was aborted before');
  return status;
}

/** The wish to stop came too late to be written down with this round. */
function alreadyClosed({ model, round }: EndRound, how: string): RequestRefusedError {
  return new RequestRefusedError(
    `Round ${round} of ${model} ${how}, so it can't stop its series any more; ask for the model's status and stop at the round that is open`,
    { code: 'already-closed', detail: { model, round } },
  );
}
