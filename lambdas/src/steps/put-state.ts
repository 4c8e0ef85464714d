import { DeploymentError } from '@tributary/client/protocol';
import type { ObjectStore } from '../storage/object-store.ts';
import { sha256Hex } from '../storage/sha256.ts';

/**
 * Writes an object that is a function of state: whoever computes it gets the same bytes, so meeting
 * another writer's is fine and meeting other bytes is a fault nobody may go on from.
 *
 * @returns Whether this write made the object; of all who try one alone hears `written`.
 * @throws {@link DeploymentError} `state-mismatch`.
 */
export async function putFunctionOfState(
  store: ObjectStore,
  key: string,
  body: Uint8Array,
): Promise<'written' | 'equal'> {
  const outcome = await store.putOnce(key, body);
  if (outcome.kind === 'stored') return 'written';
  const there = await store.head(key);
  if (there?.sha256 === sha256Hex(body)) return 'equal';
  throw new DeploymentError(
    `${key} holds other bytes (SHA-256 ${there?.sha256 ?? 'unknown'}) than this step computed from the same input (${sha256Hex(body)}); nothing is published, compare the versions of the functions that ran`,
    { code: 'state-mismatch' },
  );
}
