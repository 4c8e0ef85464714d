/** CloudFormation stacks by name, where the CDK's own commands don't reach. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  type Output,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import type { ClientTarget } from './target.ts';

/** Longest wait for one stack, in seconds. */
const STACK_SECONDS_MAX = 300;

/** Outputs of a stack by their keys. */
export type StackOutputs = Readonly<Record<string, string>>;

/** Creates a stack from a template and answers its outputs. */
export async function createStack(
  target: ClientTarget,
  StackName: string,
  template: unknown,
): Promise<StackOutputs> {
  const client = new CloudFormationClient(target);
  try {
    const TemplateBody = JSON.stringify(template);
    const Capabilities = ['CAPABILITY_IAM' as const];
    await client.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities }));
    await waitUntilStackCreateComplete({ client, maxWaitTime: STACK_SECONDS_MAX }, { StackName });
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    return namesAndValues(Stacks[0]?.Outputs ?? []);
  } finally {
    client.destroy();
  }
}

/** Deletes a stack and waits until it is gone. */
export async function deleteStack(target: ClientTarget, StackName: string): Promise<void> {
  const client = new CloudFormationClient(target);
  try {
    await client.send(new DeleteStackCommand({ StackName }));
    await waitUntilStackDeleteComplete({ client, maxWaitTime: STACK_SECONDS_MAX }, { StackName });
  } finally {
    client.destroy();
  }
}

function namesAndValues(outputs: readonly Output[]): StackOutputs {
  return Object.fromEntries(
    outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
}
