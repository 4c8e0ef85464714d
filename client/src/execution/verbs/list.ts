import {
  type Json,
  listAttributesSchema,
  type ObjectName,
  type ObjectSummary,
} from '../../protocol/index.ts';
import { attributesOf, checkCounts, type Verb } from '../batch/command.ts';
import type { ObjectFacts } from '../batch/live-objects.ts';
import { mayRead } from '../permissions/restrictions.ts';
import { tooLarge } from './read.ts';

/** `$list`: a page of what is stored and every term fits; everything but values. */
export const listObjects: Verb = async (run, command) => {
  checkCounts(command, { args: 0, results: 0 });
  const { query = [], cursor } = attributesOf(listAttributesSchema, command);
  const page = await run.context.store.list({ cursor });
  const objects = page.objects
    .filter(({ name, header }) => header.kind !== 'mark' && !run.isDeleted(name))
    .map(({ name, header }) => summaryOf(name, header, run.context))
    .filter((summary) => query.every((term) => fits(summary, term)));
  const value = { objects, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
  if (!run.claimAnswer(JSON.stringify(value).length)) throw tooLarge();
  return value as unknown as Json;
};

/** An object without its values. */
export function summaryOf(
  name: ObjectName,
  facts: ObjectFacts,
  { caller }: { readonly caller: string },
): ObjectSummary {
  const { kind, dtype, shape, tags, description, restrictions, target } = facts;
  return {
    ...name,
    kind,
    dtype,
    shape,
    tags,
    description,
    own: name.owner === caller,
    private: restrictions.length > 0,
    // All that a pointer has for a value.
    ...(target !== undefined && mayRead({ restrictions }, caller) ? { pointer: target } : {}),
  };
}

/** An id or a tag as a whole, or any part of the description. */
function fits({ id, tags, description }: ObjectSummary, term: string): boolean {
  return id === term || tags.includes(term) || description.includes(term);
}
