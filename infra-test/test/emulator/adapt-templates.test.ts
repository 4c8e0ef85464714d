import { expect, test } from 'vitest';
import { adaptTemplate } from '../../src/emulator/adapt-templates.ts';

const one = (resource: { Type: string; Properties?: Record<string, unknown> }) =>
  adaptTemplate({ Resources: { One: resource } }).Resources?.['One'];

test('an alarm of metric math watches a plain metric instead', () => {
  const properties = { Threshold: 1, Metrics: [{ Id: 'a', Expression: 'b + c' }] };
  const alarm = one({ Type: 'AWS::CloudWatch::Alarm', Properties: properties });
  expect(alarm?.Properties).toEqual({
    ...{ Threshold: 1, Namespace: 'Tributary', MetricName: 'Unknown' },
    ...{ Statistic: 'Sum', Period: 60 },
  });
});

test('a bucket policy that names roles names their sessions too, and keeps its other conditions', () => {
  const Condition = {
    Bool: { 'aws:SecureTransport': 'true' },
    ArnNotEquals: { 'aws:PrincipalArn': { 'Fn::GetAtt': ['Role', 'Arn'] } },
  };
  const statement = { Effect: 'Deny', Action: 's3:PutObject', Condition };
  const PolicyDocument = { Statement: [statement, { Effect: 'Deny' }] };
  const policy = one({ Type: 'AWS::S3::BucketPolicy', Properties: { PolicyDocument } });
  const sessions = {
    'Fn::Join': [
      '',
      ['arn:aws:sts::', { Ref: 'AWS::AccountId' }, ':assumed-role/', { Ref: 'Role' }, '/*'],
    ],
  };
  expect(policy?.Properties?.['PolicyDocument']).toEqual({
    Statement: [
      {
        ...statement,
        Condition: {
          Bool: Condition.Bool,
          ArnNotLike: { 'aws:PrincipalArn': [{ 'Fn::GetAtt': ['Role', 'Arn'] }, sessions] },
        },
      },
      { Effect: 'Deny' },
    ],
  });
});

test('a role that may send messages may send batches of them, and no other role may', () => {
  const policyOf = (Action: string) => [{ PolicyDocument: { Statement: [{ Action }] } }];
  const roleOf = (Action: string) =>
    one({ Type: 'AWS::IAM::Role', Properties: { Policies: policyOf(Action) } })?.Properties;
  expect(roleOf('sqs:ReceiveMessage')).toEqual({ Policies: policyOf('sqs:ReceiveMessage') });
  expect(roleOf('sqs:SendMessage')).toEqual({
    Policies: [
      { PolicyDocument: { Statement: [{ Action: ['sqs:SendMessage', 'sqs:SendMessageBatch'] }] } },
    ],
  });
});

test('every other resource is deployed as it was synthesized', () => {
  const queue = { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 9 } };
  expect(one(queue)).toEqual(queue);
});
