import type { Tensor } from '@tensorflow/tfjs';
import { CommandError, type ObjectName } from '../../protocol/index.ts';
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

/**
 * Writes what a command made, once.
 *
 * @throws {@link CommandError} `id-taken` when another command made an object of this id.
 */
export async function storeObject(
  run: BatchRun,
  command: Command,
  object: { readonly name: ObjectName; readonly facts: ObjectFacts; readonly bytes: Uint8Array },
): Promise<void> {
  const { name, facts, bytes } = object;
  const header = { ...facts, digest: await run.digestOf(command) };
  const outcome = await run.context.store.create(name, { header, bytes });
  if (outcome !== 'taken') return;
  throw new CommandError(
    `Object id ${name.id} was given to what another command made; draw a new id for each object`,
    { code: 'id-taken', detail: { ...name } },
  );
}

/**
 * Gives what a command made to the batch, and stores what outlives it.
 *
 * @param made - One for each result id, in order; theirs no longer, even when this throws.
 * @throws {@link CommandError} `id-taken`, `memory-exceeded`.
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
    await storeObject(run, command, { name, facts, bytes: bytesOfTensor(tensor) });
  }
}
