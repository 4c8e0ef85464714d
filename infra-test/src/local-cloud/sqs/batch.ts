import { SqsError } from './errors.ts';

/** Most entries of one batch. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const BATCH_ENTRIES_MAX = 10;

/** An entry that was refused while others of its batch went through. */
interface FailedEntry {
  readonly Id: string;
  readonly SenderFault: true;
  readonly Code: string;
  readonly Message: string;
}

/** Answer of a batch operation. */
export interface BatchOutput {
  readonly Successful: readonly object[];
  readonly Failed: readonly FailedEntry[];
}

/**
 * Does a batch entry by entry; a refused entry doesn't stop the others.
 *
 * @param act - Does one entry and returns what is answered beside its id.
 * @throws {@link SqsError} when the batch as a whole is malformed.
 */
export function runBatch<Entry extends { readonly Id: string }>(
  entries: readonly Entry[],
  act: (entry: Entry) => object,
): BatchOutput {
  checkBatch(entries.map((entry) => entry.Id));
  const Successful: object[] = [];
  const Failed: FailedEntry[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...act(entry) });
    } catch (error) {
      if (!(error instanceof SqsError)) {
        throw error;
      }
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful, Failed };
}

function checkBatch(ids: readonly string[]): void {
  if (ids.length === 0) {
    throw batchError('EmptyBatchRequest', 'The batch request has no entries');
  }
  if (ids.length > BATCH_ENTRIES_MAX) {
    throw batchError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${BATCH_ENTRIES_MAX}, got ${ids.length}`,
    );
  }
  const invalid = ids.find((id) => !/^[\w-]{1,80}$/.test(id));
  if (invalid !== undefined) {
    throw batchError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores, 1 to 80 in length',
    );
  }
  if (new Set(ids).size < ids.length) {
    throw batchError('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id');
  }
}

function batchError(code: string, message: string): SqsError {
  return new SqsError(code, message, { queryCode: `AWS.SimpleQueueService.${code}` });
}
