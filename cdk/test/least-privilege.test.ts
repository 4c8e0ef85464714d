import { describe, expect, test } from 'vitest';
import { isAllowed, type Policy, type Statement } from './support/evaluate.ts';
import { policiesOf } from './support/policies.ts';
import { ADMINISTRATOR, keyAndTraceRowsOf, type Row, rowsOf } from './support/requests.ts';
import { synthesize, synthesizeWithKeyAndTraces } from './support/synthesize.ts';

/** Somebody whose own policy allows everything, so that what is refused is refused by the federation. */
const ADMINISTRATION: Policy = {
  ...{ owner: ADMINISTRATOR, kind: 'identity' },
  statements: [{ Sid: 'Administration', Effect: 'Allow', Action: '*', Resource: '*' }],
};

const template = synthesize();
const withAll = synthesizeWithKeyAndTraces();
const policies = policiesOf(template);
const policiesWithAll = policiesOf(withAll);
const rows = rowsOf(template);
const rowsWithAll = [...rowsOf(withAll), ...keyAndTraceRowsOf(withAll)];

function failing(some: readonly Policy[], of: readonly Row[]): string[] {
  const all = [...some, ADMINISTRATION];
  return of.filter((row) => isAllowed(all, row.request) !== row.isAllowed).map(({ name }) => name);
}

test.each(rows)('$name', ({ request, isAllowed: expected }) => {
  expect(isAllowed([...policies, ADMINISTRATION], request)).toBe(expected);
});

test.each(keyAndTraceRowsOf(withAll))(
  'with a key and traces, $name',
  ({ request, isAllowed: expected }) => {
    expect(isAllowed([...policiesWithAll, ADMINISTRATION], request)).toBe(expected);
  },
);

/** Every policy list with one thing taken out of one statement. */
function cases(): { name: string; mutated: Policy[] }[] {
  return policiesWithAll.flatMap((policy, at) =>
    policy.statements.flatMap((statement, index) =>
      without(statement).map(({ what, left }) => ({
        name: `${what} of ${statement.Sid ?? statement.Effect} in ${policy.owner}`,
        mutated: policiesWithAll.with(at, {
          ...policy,
          statements:
            left === undefined
              ? policy.statements.toSpliced(index, 1)
              : policy.statements.with(index, left),
        }),
      })),
    ),
  );
}

/** The whole statement, each of its actions, each of its resources, each of its conditions. */
function without(statement: Statement): { what: string; left: Statement | undefined }[] {
  const parts = (['Action', 'Resource', 'NotResource'] as const).flatMap((element) => {
    const values = statement[element];
    if (values === undefined || typeof values === 'string') return [];
    return values.map((value, index) => ({
      what: `${element} ${value}`,
      left: { ...statement, [element]: values.toSpliced(index, 1) },
    }));
  });
  const conditions = Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.keys(keys)
      .filter(isNeeded(statement))
      .map((key) => ({
        what: `condition ${operator} ${key}`,
        left: { ...statement, Condition: conditionWithout(statement, operator, key) },
      })),
  );
  return [{ what: 'the whole', left: undefined }, ...parts, ...conditions];
}

/**
 * That demands of conditions look at whole uploads alone follows from parts being refused; it is there
 * because AWS documents the two keys as a pair.
 */
function isNeeded({ Sid }: Statement): (key: string) => boolean {
  const isPair = Sid === 'WritesAreConditional' || Sid === 'HeadsAreCompared';
  return (key) => !(isPair && key === 's3:ObjectCreationOperation');
}

function conditionWithout(statement: Statement, operator: string, key: string) {
  const { [key]: _, ...keys } = statement.Condition?.[operator] ?? {};
  return { ...statement.Condition, [operator]: keys };
}

describe('every part of every statement is needed: without it a row fails', () => {
  test.each(cases())('$name', ({ mutated }) => {
    expect(failing(mutated, rowsWithAll)).not.toEqual([]);
  });
});

describe('wildcards', () => {
  const statements = policiesWithAll
    .filter(({ kind }) => kind === 'identity')
    .flatMap((policy) => policy.statements);

  test('no role has an action with a star', () => {
    expect(statements.flatMap(({ Action }) => Action).filter((each) => each.includes('*'))).toEqual(
      [],
    );
  });

  test('only traces, which know no resources, are sent to any', () => {
    const anywhere = statements.filter(({ Resource }) => [Resource].flat().includes('*'));
    expect([...new Set(anywhere.map(({ Sid }) => Sid))]).toEqual(['SendTraces']);
  });

  test('no role has a managed policy', () => {
    expect(JSON.stringify(withAll.toJSON())).not.toContain('ManagedPolicyArns');
  });
});
