import { CommandError, type Json, uploadAttributesSchema } from '../../protocol/index.ts';
import type { BatchRun } from '../batch/batch-run.ts';
import { attributesOf, checkCounts, type Verb } from '../batch/command.ts';
import type { TransferStore } from '../store/transfer-store.ts';

/** `$upload`: says where elements can be put that are too large for a batch. */
export const offerUpload: Verb = async (run, command) => {
  checkCounts(command, { args: 0, results: 0 });
  const upload = attributesOf(uploadAttributesSchema, command);
  const offered = await transfersOf(run).offerUpload(run.context.caller, upload);
  return { ...offered } as unknown as Json;
};

/** @throws {@link CommandError} `transfers-unavailable` where everything travels in batches. */
export function transfersOf({ context: { transfers } }: BatchRun): TransferStore {
  if (transfers !== undefined) return transfers;
  throw new CommandError('This worker takes and gives elements in batches alone; send them so', {
    code: 'transfers-unavailable',
  });
}
