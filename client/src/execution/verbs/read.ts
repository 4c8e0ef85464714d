import {
  CommandError,
  encodeBase64,
  type Json,
  noAttributesSchema,
  type ObjectName,
  remoteBytes,
  sha256Hex,
} from '../../protocol/index.ts';
import { MOVING_BYTES_MAX, REQUESTS_AT_ONCE } from '../batch/at-once.ts';
import type { BatchRun } from '../batch/batch-run.ts';
import { attributesOf, type Command, checkCounts, type Verb } from '../batch/command.ts';
import { findFacts, heldObject, notFound, renewIfOld } from '../batch/find-object.ts';
import type { ObjectFacts } from '../batch/live-objects.ts';
import { assertMayRead } from '../permissions/restrictions.ts';
import { bytesOfTensor } from '../tensor-bytes.ts';

/** An object that may be read. */
interface Readable {
  readonly command: Command;
  readonly name: ObjectName;
  readonly facts: ObjectFacts;
}

/** A readable object with its elements; none for pointers. */
interface Loaded extends Readable {
  readonly bytes: Uint8Array | undefined;
}

/** `$read`: the values of an object, for those who may have them. The object stays. */
export const readObject: Verb = async (run, command) => {
  if (!run.answers.has(command.index)) await readAhead(run, command);
  const answer = run.answers.get(command.index) as PromiseSettledResult<Json>;
  run.answers.delete(command.index);
  if (answer.status === 'rejected') throw answer.reason;
  return answer.value;
};

/**
 * Answers a command and those right after it that read as well: what they name is loaded at one
 * time. Whatever a later one is refused for waits for its turn.
 *
 * @throws what the command itself is refused for.
 */
async function readAhead(run: BatchRun, first: Command): Promise<void> {
  const following = run.commands.slice(first.index, first.index + REQUESTS_AT_ONCE);
  const end = following.findIndex(({ wire: [op] }) => op !== '$read');
  const group = end < 0 ? following : following.slice(0, end);
  const readable = await untilFailure(group.map((command) => readableOf(run, command)));
  const fitting = readable.slice(0, Math.max(1, fittingCount(readable)));
  const loaded = await untilFailure(fitting.map((each) => load(run, each)));
  const answers = await Promise.allSettled(loaded.map((each) => answerOf(run, each)));
  for (const [at, { command }] of loaded.entries()) {
    run.answers.set(command.index, answers[at] as PromiseSettledResult<Json>);
  }
}

/** Waits for all of them, and gives those before the first that failed. @throws if it is the first of all. */
async function untilFailure<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const values: T[] = [];
  for (const outcome of await Promise.allSettled(promises)) {
    if (outcome.status === 'fulfilled') values.push(outcome.value);
    else if (values.length === 0) throw outcome.reason;
    else break;
  }
  return values;
}

async function readableOf(run: BatchRun, command: Command): Promise<Readable> {
  attributesOf(noAttributesSchema, command);
  const [ref] = checkCounts(command, { args: 1, results: 0 });
  const name = run.nameOf(ref as string);
  const facts = await findFacts(run, name);
  assertMayRead(facts, name, run.context.caller);
  return { command, name, facts };
}

/** Count of objects that may be in memory at one time. */
function fittingCount(readable: readonly Readable[]): number {
  let bytes = 0;
  const at = readable.findIndex(({ facts }) => {
    bytes += remoteBytes(facts);
    return bytes > MOVING_BYTES_MAX;
  });
  return at < 0 ? readable.length : at;
}

async function load(run: BatchRun, readable: Readable): Promise<Loaded> {
  const { name, facts } = readable;
  return { ...readable, bytes: facts.target === undefined ? await bytesOf(run, name) : undefined };
}

async function answerOf(run: BatchRun, { facts, bytes }: Loaded): Promise<Json> {
  const { dtype, shape, tags, description, restrictions, target } = facts;
  const frame = { dtype, shape, tags, description, restrictions };
  const content = bytes === undefined ? { pointer: target } : await contentOf(run, bytes);
  return { ...frame, ...content } as unknown as Json;
}

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
