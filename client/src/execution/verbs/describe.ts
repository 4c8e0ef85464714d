import { describeAttributesSchema, type Json, noAttributesSchema } from '../../protocol/index.ts';
import { attributesOf, checkCounts, type Verb } from '../batch/command.ts';
import { assertOwn, findFacts } from '../batch/find-object.ts';
import { changeFacts } from './change-facts.ts';
import { summaryOf } from './list.ts';

/** `$head`: everything about an object but its values. */
export const headOfObject: Verb = async (run, command) => {
  attributesOf(noAttributesSchema, command);
  const [ref] = checkCounts(command, { args: 1, results: 0 });
  const name = run.nameOf(ref as string);
  return { ...summaryOf(name, await findFacts(run, name), run.context) } as unknown as Json;
};

/** `$describe`: gives the caller's own object other tags, another description, or both. */
export const describeObject: Verb = async (run, command) => {
  const [ref] = checkCounts(command, { args: 1, results: 0 });
  const { revision, tags, description } = attributesOf(describeAttributesSchema, command);
  const name = run.nameOf(ref as string);
  assertOwn(run, name, '$describe');
  await changeFacts(run, name, (facts) =>
    revision <= (facts.revision ?? -1)
      ? facts
      : {
          ...facts,
          revision,
          tags: tags ?? facts.tags,
          description: description ?? facts.description,
        },
  );
  return undefined;
};
