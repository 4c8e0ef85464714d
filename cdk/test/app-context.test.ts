import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { readAppContext } from '../src/app-context.ts';
import { IDENTITY } from './support/synthesize.ts';

test('nothing said is a stack named tributary with a device pool', () => {
  const { stackName, props } = readAppContext({});
  expect(stackName).toBe('tributary');
  expect(props.identityProvider).toBeUndefined();
});

test('words of a command line become props', () => {
  const { stackName, props } = readAppContext({
    ...IDENTITY,
    name: 'watches',
    allowedOrigins: 'https://a.example, https://b.example',
    removalPolicy: 'destroy',
    tlsOnly: 'false',
    sweepMinutes: '2',
    aggregatorReservedConcurrency: '20',
    collectIntervalSeconds: '0.5',
  });
  expect(stackName).toBe('watches');
  expect(props).toMatchObject({
    identityProvider: IDENTITY,
    federation: {
      allowedOrigins: ['https://a.example', 'https://b.example'],
      removalPolicy: RemovalPolicy.DESTROY,
      tlsOnly: false,
      sweepInterval: Duration.minutes(2),
      aggregator: { reservedConcurrency: 20, collectInterval: Duration.seconds(0.5) },
    },
  });
});

describe('values of JSON, as cdk.json has them', () => {
  test('become the props that their texts become', () => {
    const texts = {
      allowedOrigins: 'https://a.example, https://b.example',
      workers: 'bob,alice',
      tlsOnly: 'false',
      tracing: 'true',
      uploadRetentionDays: '20',
      sweepMinutes: '2',
      coordinatorMemorySize: '1024',
      coordinatorReservedConcurrency: '0',
      aggregatorMemorySize: '2048',
      aggregatorTimeoutSeconds: '600',
      aggregatorReservedConcurrency: '20',
      hintConcurrency: '3',
      taskConcurrency: '4',
      hintWindowSeconds: '5',
      collectIntervalSeconds: '0.5',
      sweepPatienceSeconds: '60',
      secretVersion: '2',
    };
    const values = Object.fromEntries(
      Object.entries(texts).map(([name, text]) => [name, jsonOf(text)]),
    );
    expect(values).toMatchObject({ tracing: true, sweepMinutes: 2, workers: ['bob', 'alice'] });
    expect(readAppContext({ ...IDENTITY, ...values })).toEqual(
      readAppContext({ ...IDENTITY, ...texts }),
    );
    expect(readAppContext({ tracing: true }).props.federation?.tracing).toBe(true);
    expect(readAppContext({ tlsOnly: false }).props.federation?.tlsOnly).toBe(false);
  });

  test('an empty list, as text or JSON, has no items', () => {
    for (const allowedOrigins of ['', []]) {
      expect(readAppContext({ allowedOrigins }).props.federation?.allowedOrigins).toEqual([]);
    }
  });

  test.each([
    ['tracing', 1, 'tracing: expected true or false, got 1'],
    ['tracing', 'yes', 'tracing: expected true or false, got "yes"'],
    ['hintConcurrency', true, 'hintConcurrency: expected a number, got true'],
    ['hintConcurrency', '', 'hintConcurrency: expected a number, got ""'],
    ['hintConcurrency', null, 'hintConcurrency: expected a number, got null'],
    ['hintConcurrency', [4], 'hintConcurrency: expected a number, got [4]'],
    ['hintConcurrency', 2.5, 'hintConcurrency: expected a whole number, got 2.5'],
    ['sweepPatienceSeconds', -1, 'sweepPatienceSeconds: expected 0 or more, got -1'],
    [
      'workers',
      ['a', 1],
      'workers: expected a list of texts, or texts parted by commas, got ["a",1]',
    ],
    ['workers', 'a,,b', 'workers: expected no empty item, got "a,,b"'],
    ['workers', { a: 1 }, 'workers: expected a list of texts'],
    ['issuer', true, 'issuer: expected a text, got true'],
    ['bucketName', '', 'bucketName: expected a text that is not empty'],
    ['alarmTopicArn', 'topic', 'alarmTopicArn: expected an ARN, got "topic"'],
  ])('%s of %j is refused by its name', (name, value, says) => {
    expect(() => readAppContext({ [name]: value })).toThrow(says);
  });
});

/** A text of the command line as the JSON that means the same. */
function jsonOf(text: string): unknown {
  if (text.includes(',')) return text.split(',').map((item) => item.trim());
  return ['true', 'false'].includes(text) ? text === 'true' : Number(text);
}

test('what the CDK itself keeps in the context is left alone', () => {
  const context = {
    'aws:cdk:bundling-stacks': [],
    '@aws-cdk/core:x': true,
    'acknowledged-issue:1': 1,
  };
  expect(readAppContext(context).stackName).toBe('tributary');
});

describe('refusals say which word is wrong', () => {
  test.each([
    { context: { issuer: 'x' }, code: 'identity-provider', says: 'no audience and no jwksUri' },
    { context: { tokenMode: 'cognito' }, code: 'identity-provider', says: 'no issuer' },
    { context: { jwksurl: 'x' }, code: 'context-invalid', says: 'there is no jwksurl' },
    { context: { removalPolicy: 'snapshot' }, code: 'context-invalid', says: 'removalPolicy' },
    { context: { name: 'a b' }, code: 'context-invalid', says: 'letters, digits' },
    { context: { hintConcurrency: 'two' }, code: 'context-invalid', says: 'hintConcurrency' },
    { context: { tlsOnly: 'maybe' }, code: 'context-invalid', says: 'tlsOnly' },
  ])('$says', ({ context, code, says }) => {
    expect(() => readAppContext(context)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(says) }),
    );
  });
});
