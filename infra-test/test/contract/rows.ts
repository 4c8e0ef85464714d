/**
 * Rows of the contract: every test of this folder is one, and its id is the path a reader sees,
 * such as `sqs > SQS messages > wake a long poll`.
 */
import { basename } from 'node:path';
import {
  beforeAll,
  beforeEach,
  type RunnerTestCase,
  type RunnerTestSuite,
  type TestContext,
} from 'vitest';
import { SKIPS } from './skips.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Id of the row, for whoever tabulates a run's JSON report. */
    row?: string;
    /** What the run was against. */
    implementation?: string;
    /** Why the row was not tried. */
    skipReason?: string;
  }
}

/** Whose APIs the suite runs against: one of {@link SKIPS}' names, or any other that skips nothing. */
export const IMPLEMENTATION: string =
  process.env['TRIBUTARY_IMPLEMENTATION'] ??
  (process.env['AWS_ENDPOINT_URL'] === undefined ? 'local cloud' : 'unnamed');

/**
 * Gives every test of the file that is being collected its row, and skips those that the
 * implementation is known to answer otherwise; loudly, with the reason.
 *
 * A skip that names no test of its file fails the file, so that none outlives its row.
 */
export function registerRows(): void {
  const reasons = SKIPS[IMPLEMENTATION] ?? {};
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the pattern to learn which fixtures are used
  beforeAll(({}, suite) => {
    const rows = new Set(testsOf(suite).map(rowOf));
    const own = Object.keys(reasons).filter((row) => row.startsWith(`${stemOf(suite.file)} > `));
    const unknown = own.filter((row) => !rows.has(row));
    if (unknown.length > 0) {
      throw new Error(`Skips of ${IMPLEMENTATION} name no test: ${unknown.join(' | ')}`);
    }
  });
  beforeEach(({ task, skip }) => {
    const row = rowOf(task);
    const reason = reasons[row];
    task.meta.row = row;
    task.meta.implementation = IMPLEMENTATION;
    if (reason !== undefined) skipLoudly({ task, skip }, reason);
  });
}

/** Skips the test that is running, and says so with the run. */
export function skipLoudly(
  { task, skip }: Pick<TestContext, 'task' | 'skip'>,
  reason: string,
): never {
  task.meta.skipReason = reason;
  process.stderr.write(`Skipped on ${IMPLEMENTATION}: ${rowOf(task)}: ${reason}\n`);
  return skip(reason);
}

function rowOf(task: RunnerTestCase): string {
  const names = [task.name];
  for (let suite = task.suite; suite !== undefined; suite = suite.suite) {
    if (suite.type === 'suite' && suite !== task.file) names.unshift(suite.name);
  }
  return [stemOf(task.file), ...names].join(' > ');
}

function testsOf({ tasks }: RunnerTestSuite): RunnerTestCase[] {
  return tasks.flatMap((task) => (task.type === 'suite' ? testsOf(task) : [task]));
}

function stemOf({ filepath }: { readonly filepath: string }): string {
  return basename(filepath, '.test.ts');
}
