import {
  type Batch,
  batchSchema,
  CommandError,
  checkJson,
  checkStructure,
} from '../../protocol/index.ts';

/**
 * Checks a batch as a whole, before any command of it is looked at.
 *
 * @throws {@link CommandError} `batch-invalid`, `batch-too-deep`, `batch-too-large`, `worker-mismatch`.
 * @throws {@link ObjectInvalidError} `json-invalid`, `schema-newer`.
 */
export function parseBatch(value: unknown, worker: string): Batch {
  checkStructure(value);
  const batch = checkJson(batchSchema, value, { source: 'the batch' });
  if (batch.worker !== worker) {
    throw new CommandError(
      `The batch is for worker ${batch.worker}, this is ${worker}; send it there`,
      { code: 'worker-mismatch' },
    );
  }
  checkResults(batch);
  return batch;
}

function checkResults({ commands, keep }: Batch): void {
  const results = new Set<string>();
  for (const id of commands.flatMap(([, , , ids]) => ids)) {
    if (results.has(id)) throw invalid(`makes the object ${id} twice; draw a new id for each`);
    results.add(id);
  }
  const unknown = keep.find((id) => !results.has(id));
  if (unknown !== undefined) {
    throw invalid(`keeps ${unknown}, which none of its commands makes; keep results alone`);
  }
}

function invalid(what: string): CommandError {
  return new CommandError(`The batch ${what}`, { code: 'batch-invalid' });
}
