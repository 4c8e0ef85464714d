import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Habits of messages that readers stumble over, and what to write instead. */
const HABITS = [
  { habit: /\ballowed (?:is|are)\b/, instead: 'expected …, got …', planted: 'allowed are 1 to 9' },
  { habit: /\bin the meantime\b/, instead: 'leave it out', planted: 'it ended in the meantime' },
  { habit: /\bis none of\b/, instead: 'is not one of', planted: 'which is none of them' },
] as const;

/** Sources whose texts people read; the messages of S3 and SQS are quoted from AWS. */
const FOLDERS = ['client/src', 'client/examples', 'lambdas/src', 'cdk', 'infra-test/src'];
const QUOTED = 'infra-test/src/local-cloud/';

function filesOf(patterns: readonly string[]): string[] {
  return execFileSync('git', ['ls-files', '--', ...patterns], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => /\.(?:ts|mjs|js|py|md)$/.test(file) && !file.startsWith(QUOTED));
}

/** `file:line` of each place with the habit. */
function placesOf(habit: RegExp, files: readonly string[]): string[] {
  return files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (habit.test(line) ? [`${file}:${index + 1}`] : [])),
  );
}

describe('messages and documents', () => {
  const files = filesOf([...FOLDERS, '*.md']);

  it.each(HABITS)('have no place with $habit ($instead)', ({ habit }) => {
    expect(files.length).toBeGreaterThan(300);
    expect(placesOf(habit, files)).toEqual([]);
  });

  it.each(HABITS)('would be found with $planted', ({ habit, planted }) => {
    expect(habit.test(planted)).toBe(true);
  });
});
