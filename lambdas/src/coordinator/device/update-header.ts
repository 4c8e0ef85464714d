/** Judging an update by the header that its device states, before a byte of it is sent. */
import {
  checkHeaderText,
  RequestRefusedError,
  type SlotRequest,
  type TrainingPlan,
} from '@tributary/client/protocol';

/**
 * Refuses what the seal would reject, by the same code and detail. Nothing binds the header to the
 * bytes that are uploaded, so the seal reads theirs all the same.
 *
 * @param device - Pseudonym.
 * @throws {@link RequestRefusedError} with the code that the seal would give.
 */
export function assertHeader(
  plan: TrainingPlan,
  device: string,
  { header, bytes, baseVersion }: SlotRequest,
): void {
  if (header === undefined) return;

  const outcome = checkHeaderText(header, { plan, device, baseVersion, fileBytes: bytes });
  if (outcome.kind === 'valid') return;

  const { message, ...detail } = outcome.detail;
  throw new RequestRefusedError(message, { code: outcome.code, detail });
}
