/**
 * `npm run test:aws`: the suite in an account of yours. It costs a few cents, and destroys what it
 * deployed. Arguments go to Vitest.
 */
const { env } = process;

function fault(): string | undefined {
  if (env['TRIBUTARY_TEST_AWS'] !== '1') {
    return 'Testing on AWS deploys to your account and is paid for by you; set TRIBUTARY_TEST_AWS=1 if you mean it';
  }
  if (env['AWS_ACCESS_KEY_ID'] === undefined || env['AWS_SECRET_ACCESS_KEY'] === undefined) {
    return 'Credentials are missing; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, for example with: eval "$(aws configure export-credentials --format env)"';
  }
  return undefined;
}

const what = fault();
if (what === undefined) {
  delete env['AWS_ENDPOINT_URL'];
  await import('./suite.ts');
} else {
  process.stderr.write(`${what}\n`);
  process.exitCode = 1;
}

export {};
