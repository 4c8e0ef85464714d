import { parseJson } from '../sqs/json.ts';

/**
 * Reads which messages of a batch a function reports as failed; a malformed report fails all of them.
 *
 * @param payload - The function's result, as JSON.
 * @param messageIds - The batch.
 * @returns the failed ones.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function failedMessageIds(
  payload: string,
  messageIds: ReadonlySet<string>,
): ReadonlySet<string> {
  const parsed = parseJson(payload);
  const entries = parsed.kind === 'value' ? reportedEntries(parsed.value) : undefined;
  const failed = new Set<string>();
  for (const entry of entries ?? []) {
    const identifier: unknown = Object(entry).itemIdentifier;
    if (typeof identifier !== 'string' || !messageIds.has(identifier)) {
      return messageIds;
    }
    failed.add(identifier);
  }
  return entries === undefined ? messageIds : failed;
}

/** @returns undefined if the result isn't a report. An empty result, and a missing list, report no failure. */
function reportedEntries(result: unknown): readonly unknown[] | undefined {
  if (result === null || (Array.isArray(result) && result.length === 0)) {
    return [];
  }
  if (typeof result !== 'object' || Array.isArray(result)) {
    return undefined;
  }
  const entries: unknown = (result as { batchItemFailures?: unknown }).batchItemFailures ?? [];
  return Array.isArray(entries) ? entries : undefined;
}
