import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { Federation } from '../src/index.ts';
import { emptyStack, IDENTITY, resource, resourcesOf, synthesize } from './support/synthesize.ts';

const template = synthesize();

describe('functions', () => {
  test.each([
    { description: 'answers', memory: 512, timeout: 30, reserved: 50 },
    { description: 'folds', memory: 1024, timeout: 900, reserved: 10 },
  ])(
    'the one that $description runs on arm64 Node 22, may meet itself, logs to its own group',
    (each) => {
      template.hasResourceProperties('AWS::Lambda::Function', {
        Description: Match.stringLikeRegexp(each.description),
        Runtime: 'nodejs22.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        MemorySize: each.memory,
        Timeout: each.timeout,
        ReservedConcurrentExecutions: each.reserved,
        RecursiveLoop: 'Allow',
        LoggingConfig: { LogFormat: 'Text', LogGroup: { Ref: Match.stringLikeRegexp('Logs') } },
      });
    },
  );

  test('logs are kept for 90 days', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
  });

  test('each reads the settings it needs, the aggregator no secret', () => {
    const variables = (prefix: string) =>
      resource(template, 'AWS::Lambda::Function', prefix).Properties['Environment'].Variables;
    expect(Object.keys(variables('FederationCoordinator')).sort()).toEqual([
      ...['TRIBUTARY_AGGREGATOR_MEMORY_MB', 'TRIBUTARY_AUDIENCE', 'TRIBUTARY_BUCKET'],
      ...['TRIBUTARY_ISSUER', 'TRIBUTARY_JWKS_URL', 'TRIBUTARY_SECRET'],
      ...['TRIBUTARY_TASK_QUEUE_URL', 'TRIBUTARY_TOKEN_MODE'],
    ]);
    expect(Object.keys(variables('FederationAggregator')).sort()).toEqual([
      ...['TRIBUTARY_BUCKET', 'TRIBUTARY_COLLECT_INTERVAL_SECONDS'],
      ...['TRIBUTARY_SWEEP_PATIENCE_SECONDS', 'TRIBUTARY_TASK_QUEUE_URL'],
    ]);
  });

  test('traces are sent on request alone', () => {
    const traced = synthesize({ tracing: true });
    traced.allResourcesProperties('AWS::Lambda::Function', { TracingConfig: { Mode: 'Active' } });
    expect(JSON.stringify(template.toJSON())).not.toContain('xray:');
  });
});

describe('queues', () => {
  test('hints come in batches, tasks one by one, and only what failed comes back', () => {
    const mappings = resourcesOf(template, 'AWS::Lambda::EventSourceMapping');
    expect(Object.values(mappings).map(({ Properties }) => Properties)).toEqual([
      expect.objectContaining({
        ...{ BatchSize: 1000, MaximumBatchingWindowInSeconds: 1 },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      }),
      expect.objectContaining({
        BatchSize: 1,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      }),
    ]);
  });

  test('what failed five times is kept for fourteen days', () => {
    for (const prefix of ['FederationQueuesHints', 'FederationQueuesTasks']) {
      expect(resource(template, 'AWS::SQS::Queue', prefix).Properties['RedrivePolicy']).toEqual({
        deadLetterTargetArn: {
          'Fn::GetAtt': [expect.stringMatching(/^FederationQueuesDeadLetters/), 'Arn'],
        },
        maxReceiveCount: 5,
      });
    }
    const { Properties } = resource(template, 'AWS::SQS::Queue', 'FederationQueuesDeadLetters');
    expect(Properties['MessageRetentionPeriod']).toBe(14 * 86_400);
  });

  test('every queue is encrypted', () => {
    template.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
  });
});

test('the sweep is an event of the aggregator, not repeated for long and kept when it fails', () => {
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('Aggregator'), 'Arn'] },
      Input: '{"sweep":true}',
      DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetters'), 'Arn'] } },
      RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 2 },
    },
  });
});

test('a sweep that failed is not repeated by Lambda', () => {
  template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    MaximumRetryAttempts: 0,
    MaximumEventAgeInSeconds: 60,
  });
});

test('the secret is generated, and long enough for the hash', () => {
  template.hasResourceProperties('AWS::SecretsManager::Secret', {
    GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
  });
});

test('another version of the secret is another reference to resolve', () => {
  const referenceIn = (some: Template) =>
    JSON.stringify(
      resource(some, 'AWS::Lambda::Function', 'FederationCoordinator').Properties['Environment']
        .Variables.TRIBUTARY_SECRET,
    );
  expect(referenceIn(template)).toContain('{{resolve:secretsmanager:');
  expect(referenceIn(synthesize({ secretVersion: '0123-new' }))).toContain(':0123-new}}');
});

test('two federations share a stack, each with its own of everything', () => {
  const stack = emptyStack();
  new Federation(stack, 'Phones', IDENTITY);
  new Federation(stack, 'Watches', IDENTITY);
  const both = Template.fromStack(stack);
  const count = (some: Template) => Object.keys(some.toJSON()['Resources']).length;
  expect(count(both)).toBe(2 * count(template));
});

test('without TLS only where that was asked for', () => {
  const plain = JSON.stringify(synthesize({ tlsOnly: false }).toJSON());
  expect(plain).not.toContain('aws:SecureTransport');
  expect(JSON.stringify(template.toJSON())).toContain('aws:SecureTransport');
});
