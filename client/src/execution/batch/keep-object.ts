import type { Tensor } from '@tensorflow/tfjs';
import { CommandError, type ObjectName, remoteBytes } from '../../protocol/index.ts';
import { bytesOfTensor } from '../tensor-bytes.ts';
import type { BatchRun } from './batch-run.ts';
import type { Command } from './command.ts';
import type { LiveObject, ObjectFacts } from './live-objects.ts';

/** What every new object has besides its form. */
export function newFacts(
  run: BatchRun,
  facts: Pick<ObjectFacts, 'dtype' | 'kind' | 'origin' | 'restrictions' | 'shape'> &
    Partial<ObjectFacts>,
): ObjectFacts {
  const { caller, now } = run.context;
  return { schema: 1, owner: caller, createdAt: now(), tags: [], description: '', ...facts };
}

/** What a command made, as it is stored. */
interface MadeObject {
  readonly name: ObjectName;
  readonly facts: ObjectFacts;
  readonly bytes: Uint8Array;
}

/**
 * Writes what a command made, once.
 *
 * @throws {@link CommandError} `id-taken` when another command made an object of this id.
 */
export async function writeObject(
  run: BatchRun,
  command: Command,
  { name, facts, bytes }: MadeObject,
): Promise<void> {
  const header = { ...facts, digest: await run.digestOf(command) };
  const outcome = await run.context.store.create(name, { header, bytes });
  if (outcome !== 'taken') return;
  throw new CommandError(
    `Object id ${name.id} was given to what another command made; draw a new id for each object`,
    { code: 'id-taken', detail: { ...name } },
  );
}

/** Begins to write what a command made; what comes of it, `run.writes` knows. */
export function storeObject(run: BatchRun, command: Command, made: MadeObject): Promise<void> {
  const { index } = command;
  const { length: bytes } = made.bytes;
  return run.writes.begin({ index, bytes, run: () => writeObject(run, command, made) });
}

/**
 * Gives what a command made to the batch, and stores what outlives it.
 *
 * @param made - One for each result id, in order; theirs no longer, even when this throws.
 * @throws {@link CommandError} `memory-exceeded`.
 */
export async function keepResults(
  run: BatchRun,
  command: Command,
  made: readonly (LiveObject & { readonly tensor: Tensor })[],
): Promise<void> {
  const results = command.wire[3];
  const names = made.map((_, index) => run.ownName(results[index] as string));
  for (const [index, name] of names.entries()) {
    try {
      run.live.add(name, made[index] as LiveObject, command.index);
    } catch (error) {
      for (const { tensor } of made.slice(index + 1)) tensor.dispose();
      throw error;
    }
  }
  for (const [index, name] of names.entries()) {
    const object = made[index];
    if (object === undefined || !run.keep.has(name.id)) continue;
    const { facts, tensor } = object;
    await run.writes.begin({
      index: command.index,
      bytes: remoteBytes(facts),
      // Copied when there is room for the copy.
      run: async () => writeObject(run, command, { name, facts, bytes: bytesOfTensor(tensor) }),
    });
  }
}
