/** The function that the CDK adds to a stack to empty buckets before they are deleted. */
import {
  type CfnResource,
  type CustomResourceProviderBase,
  RemovalPolicy,
  Stack,
} from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

const PROVIDER_ID = 'Custom::S3AutoDeleteObjectsCustomResourceProvider';

/** ARN of its role. */
export function emptyingRoleArn(scope: Construct): string {
  return providerIn(scope).roleArn;
}

/** Has its log go with the stack, once for each stack; its own would stay for ever. */
export function removeEmptyingLog(scope: Construct): void {
  const provider = providerIn(scope);
  if (provider.node.tryFindChild('Logs') !== undefined) return;
  const { logGroupName } = new LogGroup(provider, 'Logs', {
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const handler = provider.node.findChild('Handler') as CfnResource;
  handler.addPropertyOverride('LoggingConfig', { LogGroup: logGroupName });
}

function providerIn(scope: Construct): CustomResourceProviderBase {
  return Stack.of(scope).node.findChild(PROVIDER_ID) as CustomResourceProviderBase;
}
