import {
  CommandError,
  canonicalJson,
  formatObjectRef,
  GetNotPermittedError,
  type Json,
  type ObjectAttributes,
  type ObjectName,
  RESTRICTIONS_MAX,
  type Restriction,
} from '../../protocol/index.ts';
import type { ObjectFacts } from '../batch/live-objects.ts';
import type { ExecutionContext } from '../context.ts';

/** Owners that a message names; each has up to 64 characters. */
const SHOWN_OWNERS_MAX = 5;

type Restricted = Pick<ObjectFacts, 'restrictions'>;

/** True if every owner whose condition is on the object lets the caller read it. */
export function mayRead({ restrictions }: Restricted, caller: string): boolean {
  return restrictions.every(({ owner, allow }) => owner === caller || allow.includes(caller));
}

/** Whose values a computation is on: the caller's, and those of whom they may not read, by all conditions. */
export function partyOf({ restrictions }: Restricted, caller: string): string {
  const hidden = restrictions.filter((one) => !mayRead({ restrictions: [one] }, caller));
  return canonicalJson([caller, ...hidden.map((one) => canonicalJson(one as never)).sort()]);
}

/**
 * @throws {@link GetNotPermittedError} `get-not-permitted`, with the owners who have not agreed as
 * `detail.owners`.
 */
export function assertMayRead(facts: Restricted, name: ObjectName, caller: string): void {
  const owners = ownersAgainst(facts, [caller]);
  if (owners.length === 0) return;
  throw new GetNotPermittedError(
    `Reading ${formatObjectRef(name)} is not permitted: ${listOwners(owners)} must agree first; ask ${owners.length === 1 ? 'them' : 'each of them'} to call allow() on it for you, or compute on it where it is`,
    { code: 'get-not-permitted', detail: { ...name, owners } },
  );
}

/** Owners, each once, whose conditions do not let all of some users read. */
export function ownersAgainst({ restrictions }: Restricted, users: readonly string[]): string[] {
  const against = restrictions.filter((one) =>
    users.some((user) => !mayRead({ restrictions: [one] }, user)),
  );
  return [...new Set(against.map(({ owner }) => owner))];
}

/** Owners as a message names them. */
export function listOwners(owners: readonly string[]): string {
  const shown = owners.slice(0, SHOWN_OWNERS_MAX);
  const rest = owners.length - shown.length;
  return rest === 0 ? joinNames(shown) : `${shown.join(', ')} and ${rest} more`;
}

function joinNames(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/**
 * Conditions on what is computed from several objects: all of theirs.
 *
 * @throws {@link CommandError} `too-many-restrictions` above {@link RESTRICTIONS_MAX}.
 */
export function uniteRestrictions(inputs: readonly Restricted[]): readonly Restriction[] {
  const united = new Map<string, Restriction>();
  for (const restriction of inputs.flatMap(({ restrictions }) => restrictions)) {
    united.set(canonicalJson(restriction as unknown as Json), restriction);
  }
  if (united.size <= RESTRICTIONS_MAX) return [...united.values()];
  throw new CommandError(
    `The result would carry the conditions of ${united.size} private objects, expected at most ${RESTRICTIONS_MAX}; combine fewer of them`,
    { code: 'too-many-restrictions' },
  );
}

/**
 * Conditions on a new object: the caller's, if they want any, and those that came with the values.
 *
 * @throws {@link GetNotPermittedError} `get-not-permitted` for conditions that the caller does not meet,
 * though they had the values: another worker knows its users by other names. Nobody could read them here.
 * @throws {@link CommandError} `too-many-restrictions`.
 */
export function newRestrictions(
  { caller, pseudonymOf }: Pick<ExecutionContext, 'caller' | 'pseudonymOf'>,
  attributes: ObjectAttributes,
): readonly Restriction[] {
  const { allow, releaseFrom, restrictions = [] } = attributes;
  if (!mayRead({ restrictions }, caller)) {
    throw new GetNotPermittedError(
      'The values came with conditions on who may read them that do not let their sender; this worker may know its users by other names than where they came from: get them there and send them here with new conditions',
      { code: 'get-not-permitted' },
    );
  }
  const isPrivate = attributes.private === true || allow !== undefined || releaseFrom !== undefined;
  if (!isPrivate) return restrictions;
  const own: Restriction = {
    owner: caller,
    allow: (allow ?? []).map(pseudonymOf),
    ...(releaseFrom === undefined ? {} : { releaseFrom }),
  };
  return uniteRestrictions([{ restrictions }, { restrictions: [own] }]);
}

/**
 * How many private objects hide each other in a sum: its count of objects if they are one owner's. Of
 * several owners the others' count once each, since one of them could send any number of zeros: the
 * smallest owner's objects, and one for each other owner.
 *
 * @param inputs - Names and facts of all arguments; `undefined` for plain numbers.
 * @returns `undefined` for what is no sum of private objects as they were sent, of each once; nobody can
 * release it.
 */
export function releasableCount(
  op: string,
  inputs: readonly ({ readonly name: ObjectName; readonly facts: ObjectFacts } | undefined)[],
): number | undefined {
  if (op !== 'addN' || inputs.length < 2) return undefined;
  const names = new Set(inputs.map((input) => input && formatObjectRef(input.name)));
  const arePrivate = inputs.every(
    (input) => input !== undefined && input.facts.origin === 'sent' && input.facts.restrictions[0],
  );
  if (!arePrivate || names.size < inputs.length) return undefined;
  // By whose objects they are, which is verified; anybody may put anybody's conditions on their own.
  const shares = new Map<string, number>();
  for (const owner of inputs.map((input) => input?.name.owner ?? '')) {
    shares.set(owner, (shares.get(owner) ?? 0) + 1);
  }
  return Math.min(...shares.values()) + shares.size - 1;
}
