/** What a device asks a slot with. */
import {
  encodeJson,
  REQUEST_BODY_BYTES_MAX,
  RequestRefusedError,
  type RoundId,
  readHeaderText,
  type Slot,
  type SlotRequest,
} from '../protocol/index.ts';
import type { CallContext, CoordinatorClient } from './coordinator-client.ts';

/** An update, ready to be sent. */
export interface EncodedUpdate extends RoundId {
  readonly bytes: Uint8Array;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly baseVersion: number;
}

/**
 * Asks for a slot, stating the update's header where it fits into a request. A coordinator that was
 * deployed before headers were stated refuses the member it does not know, and is asked without.
 *
 * @throws {@link RequestRefusedError} the coordinator's refusal.
 */
export async function askForSlot(
  update: EncodedUpdate,
  client: CoordinatorClient,
  context: CallContext,
): Promise<Slot> {
  const { bytes, sha256, baseVersion } = update;
  const request = { bytes: bytes.length, sha256, baseVersion };
  const stated = { ...request, header: readHeaderText(bytes) };
  if (!fitsRequest(stated)) return client.slot(update, request, context);

  try {
    return await client.slot(update, stated, context);
  } catch (error) {
    const isUnknown = error instanceof RequestRefusedError && error.code === 'json-invalid';
    if (!isUnknown) throw error;
    return client.slot(update, request, context);
  }
}

function fitsRequest(request: Omit<SlotRequest, 'schema'>): boolean {
  return encodeJson({ schema: 1, ...request }).length <= REQUEST_BODY_BYTES_MAX;
}
