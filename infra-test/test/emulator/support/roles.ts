import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { createStack, deleteStack } from '../../../src/emulator/stacks.ts';
import { target } from './lifecycle.ts';

const STACK = 'tributary-stripped';

/** A role that a function may run under and that allows nothing. */
const TEMPLATE = {
  Resources: {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'lambda.amazonaws.com' },
              Action: 'sts:AssumeRole',
            },
          ],
        },
      },
    },
  },
  Outputs: { RoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
};

/** Whether whoever has no leave is refused: a key nobody was given may list the buckets otherwise. */
export async function isIamEnforced(): Promise<boolean> {
  const credentials = { accessKeyId: 'AKIAUNKNOWNUNKNOWN00', secretAccessKey: 'unknown' };
  const s3 = new S3Client({ ...target, credentials, forcePathStyle: true });
  try {
    await s3.send(new ListBucketsCommand({}));
    return false;
  } catch {
    return true;
  } finally {
    s3.destroy();
  }
}

export async function createStrippedRole(): Promise<string> {
  const { RoleArn = '' } = await createStack(target, STACK, TEMPLATE);
  return RoleArn;
}

export function deleteStrippedRole(): Promise<void> {
  return deleteStack(target, STACK);
}

/** Runs `work` while a function has another role; then it has its own again. */
export async function withRole(
  functionName: string,
  role: string,
  work: () => Promise<void>,
): Promise<void> {
  const lambda = new LambdaClient(target);
  const FunctionName = functionName;
  const { Role: own, MemorySize } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName }),
  );
  const give = async (Role: string | undefined): Promise<void> => {
    // MiniStack keeps warm processes, and with them the old role, unless what they start with is set.
    const change = { FunctionName, Role, MemorySize };
    await lambda.send(new UpdateFunctionConfigurationCommand(change));
    await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 60 }, { FunctionName });
  };
  try {
    await give(role);
    await work();
  } finally {
    await give(own);
    lambda.destroy();
  }
}
