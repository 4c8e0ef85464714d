import { type RoundObject, updateKey } from '@tributary/client/protocol';
import { groupOf } from '../../planning/group-of.ts';
import type { Records } from '../../records/records.ts';

/**
 * True when an update of this device lies in the bucket, whatever its bytes. By LIST, so that the
 * coordinator needs no permission to read updates.
 *
 * @param device - Pseudonym.
 */
export async function hasUploaded(
  { store }: Records,
  { model, round, groups }: RoundObject,
  device: string,
): Promise<boolean> {
  const key = updateKey({ model, round, device, group: groupOf(device, groups) });
  for await (const pin of store.list(key)) {
    if (pin.key === key) return true;
  }
  return false;
}
