import { ensureHead } from '../../records/advance-head.ts';
import { type Location, locate } from '../../records/locate.ts';
import type { Records } from '../../records/records.ts';
import { modelUnknown } from '../unknown.ts';

/**
 * Finds where a model stands. A model whose creation stopped before its head gets one now.
 *
 * @throws `model-unknown`
 */
export async function locateModel(records: Records, model: string): Promise<Location> {
  const location = await locate(records, model);
  if (location !== undefined) return location;
  if ((await records.plan(model)) === undefined) throw modelUnknown(model);
  await ensureHead(records, model);
  return locateModel(records, model);
}
