// Prints 'N passed, N failed' from Vitest's JSON reports: node scripts/print-test-count.mjs report.json…
import { readFileSync } from 'node:fs';

const counts = process.argv.slice(2).map(countOf);
const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed\n`);

function countOf(file) {
  const report = reportIn(file);
  // A suite that could not start wrote no report; it counts as one failure.
  if (report === undefined) return { passed: 0, failed: 1 };
  const { numPassedTests, success, testResults } = report;
  const failed = testResults.map(failuresOf).reduce((total, count) => total + count, 0);
  return { passed: numPassedTests, failed: success ? failed : Math.max(failed, 1) };
}

/** A file that fails before or between its tests counts as one failure. */
function failuresOf({ status, assertionResults }) {
  const failed = assertionResults.filter((result) => result.status === 'failed').length;
  return failed === 0 && status === 'failed' ? 1 : failed;
}

function reportIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
