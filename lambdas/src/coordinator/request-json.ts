import {
  checkJson,
  decodeJson,
  ObjectInvalidError,
  RequestRefusedError,
  type Source,
} from '@tributary/client/protocol';
import type { z } from 'zod';

/**
 * Reads what a caller sent. The caller's fault, so a refusal, where the same in the bucket is ours.
 *
 * @throws {@link RequestRefusedError} `json-malformed`, `json-invalid` or `schema-newer`.
 */
export function decodeRequest<T>(schema: z.ZodType<T>, body: Uint8Array, source: Source): T {
  return refusing(() => decodeJson(schema, body, source));
}

/** As {@link decodeRequest}, for a value already parsed. */
export function checkRequest<T>(schema: z.ZodType<T>, value: unknown, source: Source): T {
  return refusing(() => checkJson(schema, value, source));
}

/** Runs a check of the caller's input; what it finds invalid is refused under the same code. */
export function refusing<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ObjectInvalidError)) throw error;
    const { message, code, detail } = error;
    throw new RequestRefusedError(message, { code, detail, cause: error });
  }
}
