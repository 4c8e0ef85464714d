import {
  CommandError,
  encodeBase64,
  type Json,
  noAttributesSchema,
  type ObjectName,
  sha256Hex,
} from '../../protocol/index.ts';
import type { BatchRun } from '../batch/batch-run.ts';
import { attributesOf, checkCounts, type Verb } from '../batch/command.ts';
import { findFacts, heldObject, notFound, renewIfOld } from '../batch/find-object.ts';
import { assertMayRead } from '../permissions/restrictions.ts';
import { bytesOfTensor } from '../tensor-bytes.ts';

/** `$read`: the values of an object, for those who may have them. The object stays. */
export const readObject: Verb = async (run, command) => {
  attributesOf(noAttributesSchema, command);
  const [ref] = checkCounts(command, { args: 1, results: 0 });
  const name = run.nameOf(ref as string);
  const facts = await findFacts(run, name);
  assertMayRead(facts, name, run.context.caller);
  const { dtype, shape, tags, description, restrictions, target } = facts;
  const frame = { dtype, shape, tags, description, restrictions };
  const content =
    target === undefined ? await contentOf(run, await bytesOf(run, name)) : { pointer: target };
  return { ...frame, ...content } as unknown as Json;
};

async function bytesOf(run: BatchRun, name: ObjectName): Promise<Uint8Array> {
  const tensor = heldObject(run, name)?.tensor;
  if (tensor !== undefined) return bytesOfTensor(tensor);
  const found = await run.context.store.read(name);
  if (found.kind !== 'found') throw notFound(name, found.kind);
  await renewIfOld(run, name, found);
  return found.bytes;
}

/** Elements in the answer while they fit it, else behind a URL. */
async function contentOf(run: BatchRun, bytes: Uint8Array): Promise<object> {
  const { caller, transfers } = run.context;
  if (run.claimAnswer(Math.ceil(bytes.length / 3) * 4)) return { data: encodeBase64(bytes) };
  if (transfers === undefined) throw tooLarge();
  const sha256 = await sha256Hex(bytes);
  return {
    download: { url: await transfers.offerDownload({ owner: caller, sha256 }, bytes), sha256 },
  };
}

/** The error for a value that no longer fits the answer. */
export function tooLarge(): CommandError {
  return new CommandError('The answer to the batch is full; ask for less at one time', {
    code: 'answer-too-large',
  });
}
