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
