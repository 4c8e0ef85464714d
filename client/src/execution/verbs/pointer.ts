import { pointerAttributesSchema } from '../../protocol/index.ts';
import { attributesOf, checkCounts, type Verb } from '../batch/command.ts';
import { newFacts, storeObject } from '../batch/keep-object.ts';
import { newRestrictions } from '../permissions/restrictions.ts';

/** `$pointer`: stores where another object is. */
export const createPointer: Verb = async (run, command) => {
  checkCounts(command, { args: 0, results: 1 });
  const attributes = attributesOf(pointerAttributesSchema, command);
  const { location, owner, id, dtype, shape, tags = [], description = '' } = attributes;
  const facts = newFacts(run, {
    dtype,
    shape,
    tags,
    description,
    kind: 'pointer',
    origin: 'sent',
    restrictions: newRestrictions(run.context, attributes),
    target: { location, ...(owner === undefined ? {} : { owner }), id },
  });
  const name = run.ownName(command.wire[3][0] as string);
  await storeObject(run, command, { name, facts, bytes: new Uint8Array() });
  if (run.live.isUsedAfter(name, command.index)) {
    run.live.add(name, { facts, tensor: undefined }, command.index);
  }
  return undefined;
};
