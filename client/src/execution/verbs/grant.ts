import {
  ALLOW_COUNT_MAX,
  CommandError,
  formatObjectRef,
  GetNotPermittedError,
  grantAttributesSchema,
  noAttributesSchema,
  type ObjectName,
  type Restriction,
} from '../../protocol/index.ts';
import { attributesOf, checkCounts, type Verb } from '../batch/command.ts';
import type { ObjectFacts } from '../batch/live-objects.ts';
import { listOwners, ownersAgainst } from '../permissions/restrictions.ts';
import { changeFacts } from './change-facts.ts';

/**
 * `$grant`: the caller agrees that more users read an object, whoever made it: their own conditions on
 * it let these users too. It is readable for whom every owner has agreed to.
 */
export const grantObject: Verb = async (run, command) => {
  const [ref] = checkCounts(command, { args: 1, results: 0 });
  const { allow } = attributesOf(grantAttributesSchema, command);
  const name = run.nameOf(ref as string);
  const { caller, pseudonymOf } = run.context;
  const added = allow.map(pseudonymOf);

  await changeFacts(run, name, (facts) => {
    if (!hasCondition(facts, caller)) {
      assertNothingToAgree(facts, {
        op: '$grant',
        name,
        caller,
        against: ownersAgainst(facts, added),
      });
    }
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
    const { releasableOver = 0, releasedBy = [], restrictions } = facts;
    if (!hasCondition(facts, caller)) {
      const against = [...new Set(restrictions.map(({ owner }) => owner))];
      if (against.length > 0)
        assertNothingToAgree(facts, { op: '$release', name, caller, against });
      return facts;
    }
    for (const { owner, releaseFrom } of restrictions) {
      if (owner === caller) assertEnough(releasableOver, releaseFrom);
    }
    return {
      ...facts,
      restrictions: restrictions.filter(({ owner }) => owner !== caller),
      releasedBy: [...releasedBy, caller],
    };
  });
  return undefined;
};

function hasCondition({ restrictions }: ObjectFacts, caller: string): boolean {
  return restrictions.some(({ owner }) => owner === caller);
}

interface Agreement {
  readonly op: string;
  readonly name: ObjectName;
  readonly caller: string;
  /** Owners whose conditions stand against what is asked for. */
  readonly against: readonly string[];
}

/**
 * Lets a caller without a condition on an object pass only when nothing is left to agree to: they
 * released it before, or it is theirs and open already.
 *
 * @throws {@link CommandError} `not-owner`, naming the owners who must agree.
 */
function assertNothingToAgree(
  { releasedBy = [] }: ObjectFacts,
  { op, name, caller, against }: Agreement,
): void {
  if (releasedBy.includes(caller)) return;
  if (name.owner === caller && against.length === 0) return;
  const ref = formatObjectRef(name);
  throw new CommandError(
    against.length === 0
      ? `${op} of ${ref} is not permitted: it is open to these users already, and only its owner ${name.owner} decides about it`
      : `${op} of ${ref} is not permitted: none of your private values are in it; ${listOwners(against)} must agree, ${against.length === 1 ? '' : 'each '}by calling allow() on it`,
    { code: 'not-owner', detail: { ...name, owners: against } },
  );
}

function widened(restriction: Restriction, added: readonly string[]): Restriction {
  const allow = [...new Set([...restriction.allow, ...added])];
  if (allow.length === restriction.allow.length) return restriction;
  if (allow.length <= ALLOW_COUNT_MAX) return { ...restriction, allow };
  throw new CommandError(
    `The object would be open to ${allow.length} users, expected at most ${ALLOW_COUNT_MAX}; send it without conditions`,
    { code: 'too-many-restrictions' },
  );
}

function assertEnough(count: number, releaseFrom: number | undefined): void {
  if (releaseFrom !== undefined && count >= releaseFrom) return;
  throw new GetNotPermittedError(
    releaseFrom === undefined
      ? 'The values in this object were sent without releaseFrom, so release() is never permitted; let single users read it with allow(), or send with releaseFrom'
      : `This object sums ${count} private objects directly (each other owner's counted once), expected at least ${releaseFrom} to release it; add that many by one addN, or let single users read it with allow()`,
    { code: 'release-not-permitted' },
  );
}
