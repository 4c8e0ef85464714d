/**
 * `npm run test:aws`: the suite in an account of yours. It costs a few cents, and destroys what it
 * deployed. Arguments go to Vitest.
 */
import { DeploymentError } from '@tributary/client/protocol';

const { env } = process;
if (env['TRIBUTARY_TEST_AWS'] !== '1') {
  throw new DeploymentError(
    'Testing on AWS deploys to your account and is paid for by you; set TRIBUTARY_TEST_AWS=1 if you mean it',
    { code: 'aws-not-meant' },
  );
}
if (env['AWS_ACCESS_KEY_ID'] === undefined || env['AWS_SECRET_ACCESS_KEY'] === undefined) {
  throw new DeploymentError(
    'Credentials are missing; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, for example with: eval "$(aws configure export-credentials --format env)"',
    { code: 'aws-credentials-missing' },
  );
}
delete env['AWS_ENDPOINT_URL'];
await import('./suite.ts');
