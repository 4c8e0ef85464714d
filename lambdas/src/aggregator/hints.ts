import { parseUpdateKey, type RoundId } from '@tributary/client/protocol';
import * as z from 'zod';

/** What of S3's event message we read; everything else in it is ignored. */
const s3EventSchema = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      s3: z.object({ object: z.object({ key: z.string() }) }),
    }),
  ),
});

/**
 * Reads one message of the hint queue: the rounds in which an update arrived. Whatever is no such
 * message (S3's test event, an empty body, a foreign key) hints at nothing and is done with.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function readHints(body: string): RoundId[] {
  const parsed = s3EventSchema.safeParse(parseJson(body));
  if (!parsed.success) return [];
  return parsed.data.Records.filter(({ eventName }) => eventName.startsWith('ObjectCreated:'))
    .map(({ s3 }) => parseUpdateKey(decodeEventKey(s3.object.key)))
    .filter((id) => id !== undefined);
}

/** Keys in events are form-encoded: `+` is a space. Ours need no decoding, a store may encode `/` all the same. */
function decodeEventKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return '';
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
