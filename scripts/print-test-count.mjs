// Prints 'N passed, N failed' from Vitest's JSON report: node scripts/print-test-count.mjs report.json
import { readFileSync } from 'node:fs';

const { numPassedTests, numFailedTests, numFailedTestSuites, success } = JSON.parse(
  readFileSync(process.argv[2], 'utf8'),
);
// A file that fails before its first test counts as one failure.
const failed = success ? numFailedTests : Math.max(numFailedTests, numFailedTestSuites, 1);
process.stdout.write(`${numPassedTests} passed, ${failed} failed\n`);
