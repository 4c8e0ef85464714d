// Prints 'N passed, N failed' from Vitest's JSON reports: node scripts/print-test-count.mjs report.json…
import { readFileSync } from 'node:fs';

const counts = process.argv.slice(2).map(countOf);
const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed\n`);

function countOf(file) {
  const report = reportIn(file);
  // A suite that could not start wrote no report; it counts as one failure.
  if (report === undefined) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numFailedTestSuites, success } = report;
  // A file that fails before its first test counts as one failure.
  const failed = success ? numFailedTests : Math.max(numFailedTests, numFailedTestSuites, 1);
  return { passed: numPassedTests, failed };
}

function reportIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
