import {
  ObjectInvalidError,
  parseVersionHeader,
  RequestRefusedError,
  type TrainingPlan,
  type VersionFile,
  versionFileKey,
  versionHeaderBytesMax,
} from '@tributary/client/protocol';
import type { ObjectStore } from '../../storage/object-store.ts';

/**
 * Looks whether the initial weights are there and are what the plan says, by their checksum and header.
 *
 * @returns False while nothing is uploaded.
 * @throws {@link RequestRefusedError} `weights-mismatch`, or a code of the file's header.
 */
export async function areWeightsThere(
  store: ObjectStore,
  plan: TrainingPlan,
  file: VersionFile,
): Promise<boolean> {
  const key = versionFileKey(plan.model, 0, file.name);
  const facts = await store.head(key);
  if (facts === undefined) return false;
  if (facts.sha256 !== file.sha256 || facts.bytes !== file.bytes) {
    throw new RequestRefusedError(
      `Object ${key} holds other bytes than the stated weights; have it removed, or choose another model name`,
      { code: 'weights-mismatch', detail: { key } },
    );
  }
  const pin = { key, etag: facts.etag, bytes: facts.bytes };
  const prefix = await store.getRange(pin, { begin: 0, end: versionHeaderBytesMax(plan) });
  if (prefix === undefined) throw new Error(`${key} was there and is gone: it is write-once`);
  try {
    parseVersionHeader(prefix, { plan, version: 0, fileBytes: facts.bytes });
  } catch (error) {
    if (error instanceof ObjectInvalidError) throw unfit(error);
    throw error;
  }
  return true;
}

function unfit(cause: ObjectInvalidError): RequestRefusedError {
  return new RequestRefusedError(
    `Uploaded weights do not fit the plan: ${cause.message}; send both again with a new file`,
    { code: cause.code, detail: cause.detail, cause },
  );
}
