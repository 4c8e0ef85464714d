import { createStack, deleteStack } from './stacks.ts';
import type { ClientTarget } from './target.ts';

const STACK = 'tributary-contract';

/** What the contract suite's functions and schedules do; they and their queues are named `contract-…`. */
const STATEMENTS = [
  allow('sqs', 'contract-*', ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes']),
  allow('lambda', 'function:contract-*', ['InvokeFunction']),
  allow('logs', 'log-group:/aws/lambda/contract-*', [
    'CreateLogGroup',
    'CreateLogStream',
    'PutLogEvents',
  ]),
];

const TEMPLATE = {
  Resources: {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: ['lambda.amazonaws.com', 'scheduler.amazonaws.com'].map((Service) => ({
            Effect: 'Allow',
            Principal: { Service },
            Action: 'sts:AssumeRole',
          })),
        },
        Policies: [
          {
            PolicyName: 'contract',
            PolicyDocument: { Version: '2012-10-17', Statement: STATEMENTS },
          },
        ],
      },
    },
  },
  Outputs: { RoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
};

function allow(service: string, resource: string, actions: readonly string[]): unknown {
  const [region, account] = [{ Ref: 'AWS::Region' }, { Ref: 'AWS::AccountId' }];
  return {
    Effect: 'Allow',
    Action: actions.map((action) => `${service}:${action}`),
    Resource: { 'Fn::Join': [':', ['arn', 'aws', service, region, account, resource]] },
  };
}

/** Creates the role that the contract suite's functions and schedules run under; answers its ARN. */
export async function createContractRole(target: ClientTarget): Promise<string> {
  const { RoleArn } = await createStack(target, STACK, TEMPLATE);
  if (RoleArn === undefined) throw new Error(`Stack ${STACK} has no output RoleArn`);
  return RoleArn;
}

/** Deletes that role. */
export function deleteContractRole(target: ClientTarget): Promise<void> {
  return deleteStack(target, STACK);
}
