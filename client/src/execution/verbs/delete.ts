import { formatObjectRef, noAttributesSchema } from '../../protocol/index.ts';
import { attributesOf, checkCounts, type Verb } from '../batch/command.ts';
import { assertOwn } from '../batch/find-object.ts';

/** `$delete`: the caller's own objects are gone, from the next command on. Twice is the same as once. */
export const deleteObjects: Verb = async (run, command) => {
  attributesOf(noAttributesSchema, command);
  const names = checkCounts(command, { results: 0 }).map((ref) => run.nameOf(ref));
  for (const name of names) assertOwn(run, name, '$delete');
  for (const name of names) run.deleted.set(formatObjectRef(name), name);
  return undefined;
};
