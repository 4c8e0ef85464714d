import {
  ALLOW_COUNT_MAX,
  CommandError,
  GetNotPermittedError,
  grantAttributesSchema,
  noAttributesSchema,
  type Restriction,
} from '../../protocol/index.ts';
import { attributesOf, checkCounts, type Verb } from '../batch/command.ts';
import { assertOwn } from '../batch/find-object.ts';
import { changeFacts } from './change-facts.ts';

/** `$grant`: the caller's own condition on their own object lets more users read it. */
export const grantObject: Verb = async (run, command) => {
  const [ref] = checkCounts(command, { args: 1, results: 0 });
  const { allow } = attributesOf(grantAttributesSchema, command);
  const name = run.nameOf(ref as string);
  assertOwn(run, name, '$grant');
  const { caller, pseudonymOf } = run.context;
  const added = allow.map(pseudonymOf);
  await changeFacts(run, name, (facts) => {
    const restrictions = facts.restrictions.map((restriction) =>
      restriction.owner === caller ? widened(restriction, added) : restriction,
    );
    const isChanged = restrictions.some((item, index) => item !== facts.restrictions[index]);
    return isChanged ? { ...facts, restrictions } : facts;
  });
  return undefined;
};

/**
 * `$release`: lifts the caller's condition from a sum over enough private objects. Lifted already is
 * the same as lifted now.
 */
export const releaseObject: Verb = async (run, command) => {
  attributesOf(noAttributesSchema, command);
  const [ref] = checkCounts(command, { args: 1, results: 0 });
  const name = run.nameOf(ref as string);
  const { caller } = run.context;
  await changeFacts(run, name, (facts) => {
    const { releasableOver = 0, restrictions } = facts;
    const own = restrictions.filter(({ owner }) => owner === caller);
    if (own.length === 0) return facts;
    for (const { releaseFrom } of own) assertEnough(releasableOver, releaseFrom);
    return { ...facts, restrictions: restrictions.filter(({ owner }) => owner !== caller) };
  });
  return undefined;
};

function widened(restriction: Restriction, added: readonly string[]): Restriction {
  const allow = [...new Set([...restriction.allow, ...added])];
  if (allow.length === restriction.allow.length) return restriction;
  if (allow.length <= ALLOW_COUNT_MAX) return { ...restriction, allow };
  throw new CommandError(
    `The object would be open to ${allow.length} users, allowed are ${ALLOW_COUNT_MAX}; send it without conditions`,
    { code: 'too-many-restrictions' },
  );
}

function assertEnough(count: number, releaseFrom: number | undefined): void {
  if (releaseFrom !== undefined && count >= releaseFrom) return;
  throw new GetNotPermittedError(
    releaseFrom === undefined
      ? 'What was sent into this object was never to be released; send it with releaseFrom'
      : `This object sums ${count} private objects directly, each other owner's counted once, allowed to release are ${releaseFrom}; add that many by one addN`,
    { code: 'release-not-permitted' },
  );
}
