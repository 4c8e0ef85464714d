import { DeploymentError } from '@tributary/client/protocol';
import { App } from 'aws-cdk-lib';
import { readAppContext } from '../src/app-context.ts';
import { FederationStack } from '../src/federation-stack.ts';

try {
  const app = new App();
  const { stackName, props } = readAppContext(app.node.getAllContext());
  new FederationStack(app, stackName, props);
} catch (error) {
  if (!(error instanceof DeploymentError)) throw error;
  // Whoever typed the settings is helped by the sentence, not by where in the code it stands.
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
