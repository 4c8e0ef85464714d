// Prints the failed tests of Vitest's JSON reports, then 'N passed, N failed':
// node scripts/print-test-count.mjs report.json…
import { readFileSync } from 'node:fs';

const reports = process.argv.slice(2).map(readReport);

for (const { failures } of reports) {
  for (const failure of failures) process.stdout.write(`${failure}\n`);
}
const passed = reports.reduce((total, report) => total + report.passed, 0);
const failed = reports.reduce((total, report) => total + report.failures.length, 0);
process.stdout.write(`${passed} passed, ${failed} failed\n`);

function readReport(path) {
  const report = parseReport(path);
  // A suite that could not start wrote no report; it counts as one failure.
  if (report === undefined) return { passed: 0, failures: [`Failed: no report at ${path}`] };

  const failures = report.testResults.flatMap(failuresOf);
  if (!report.success && failures.length === 0) failures.push(`Failed: the run of ${path}`);
  return { passed: report.numPassedTests, failures };
}

/** A file that fails before or between its tests counts as one failure. */
function failuresOf({ name, status, message, assertionResults }) {
  const failed = assertionResults.filter((result) => result.status === 'failed');
  if (failed.length === 0 && status === 'failed') return [`Failed: ${name}: ${firstLine(message)}`];

  return failed.map(
    ({ fullName, failureMessages }) =>
      `Failed: ${name}: ${fullName}: ${firstLine(failureMessages?.[0])}`,
  );
}

function firstLine(text = '') {
  return text.split('\n', 1)[0];
}

function parseReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
