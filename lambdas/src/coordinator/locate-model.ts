import { type Location, locate } from '../records/locate.ts';
import type { Records } from '../records/records.ts';
import { modelUnknown } from './unknown.ts';

/** Finds where a model stands, for devices and operators alike. @throws `model-unknown` */
export async function locateModel(records: Records, model: string): Promise<Location> {
  const location = await locate(records, model);
  if (location === undefined) throw modelUnknown(model);
  return location;
}
