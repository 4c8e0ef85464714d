/**
 * A small evaluator of IAM policies for templates: explicit denial, then permission by identity or
 * resource. It knows the elements and operators our templates use and refuses all others.
 */

/** Statement as a synthesized template holds it, intrinsic functions replaced by text. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

/** One policy and whom or what it belongs to. */
export interface Policy {
  /** Logical id of the role (`identity`) or of the resource (`resource`). */
  readonly owner: string;
  readonly kind: 'identity' | 'resource';
  readonly statements: readonly Statement[];
}

/** What somebody wants to do. */
export interface Request {
  /** ARN of a role, name of a service, or `anonymous`. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
}

/** True when the policies let the request pass. */
export function isAllowed(policies: readonly Policy[], request: Request): boolean {
  const matching = policies.flatMap(({ kind, owner, statements }) =>
    statements.filter(
      (statement) => applies(statement, kind, owner, request) && matches(statement, request),
    ),
  );
  if (matching.some(({ Effect }) => Effect === 'Deny')) return false;
  return matching.some(({ Effect }) => Effect === 'Allow');
}

function applies(
  { Principal }: Statement,
  kind: Policy['kind'],
  owner: string,
  { principal }: Request,
): boolean {
  if (kind === 'identity') return principal === owner;
  if (Principal === undefined) throw new Error('A statement of a resource has no principal');
  if (Principal === '*') return true;
  return Object.values(Principal)
    .flat()
    .some((named) => named === '*' || named === principal);
}

function matches(statement: Statement, { action, resource, context }: Request): boolean {
  const { Action, Resource, NotResource, Condition = {} } = statement;
  if (!listOf(Action).some((pattern) => like(action, pattern))) return false;
  const isNamed = listOf(Resource ?? NotResource ?? '*').some((pattern) => like(resource, pattern));
  if (isNamed === (NotResource !== undefined)) return false;
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      OPERATORS[operatorName(operator)](context[key], listOf(values)),
    ),
  );
}

type Operator = (value: string | undefined, expected: readonly string[]) => boolean;

const OPERATORS = {
  StringEquals: (value, expected) => value !== undefined && expected.includes(value),
  StringLikeIfExists: (value, expected) =>
    value === undefined || expected.some((pattern) => like(value, pattern)),
  ArnLike: (value, expected) =>
    value !== undefined && expected.some((pattern) => like(value, pattern)),
  ArnNotEquals: (value, expected) => value === undefined || !expected.includes(value),
  Bool: (value, expected) => value !== undefined && expected.includes(value),
  Null: (value, expected) => expected.includes(String(value === undefined)),
} satisfies Record<string, Operator>;

function operatorName(name: string): keyof typeof OPERATORS {
  if (name in OPERATORS) return name as keyof typeof OPERATORS;
  throw new Error(`Condition operator ${name} is unknown to the evaluator`);
}

function like(value: string, pattern: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\?]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${escaped}$`, 's').test(value);
}

function listOf(values: string | readonly string[]): readonly string[] {
  return typeof values === 'string' ? [values] : values;
}
