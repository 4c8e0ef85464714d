import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import type { FederationProps } from '../src/index.ts';
import { resource, resourcesOf, synthesize } from './support/synthesize.ts';

/** What one readable sentence is: it begins large, has no line breaks and ends without a full stop. */
const SENTENCE = /^[A-Z][^\n]{40,300}[^.\n]$/;

function refusalOf(props: Partial<FederationProps>): unknown {
  try {
    synthesize(props);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('F16: visibility, timeout and concurrency', () => {
  test.each([
    { timeout: undefined, seconds: 900 },
    { timeout: Duration.minutes(15), seconds: 900 },
    { timeout: Duration.seconds(45), seconds: 45 },
  ])('queues hide a message for six timeouts of $seconds s', ({ timeout, seconds }) => {
    const template = synthesize({ aggregator: timeout === undefined ? {} : { timeout } });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: Match.stringLikeRegexp('folds'),
      Timeout: seconds,
    });
    for (const queue of ['FederationQueuesHints', 'FederationQueuesTasks']) {
      const { Properties } = resource(template, 'AWS::SQS::Queue', queue);
      expect(Properties['VisibilityTimeout']).toBe(6 * seconds);
    }
  });

  test('both queues together ask for fewer instances than are reserved', () => {
    const template = synthesize();
    const mappings = Object.values(resourcesOf(template, 'AWS::Lambda::EventSourceMapping'));
    const asked = mappings.map(({ Properties }) => Properties['ScalingConfig'].MaximumConcurrency);
    const { Properties } = resource(template, 'AWS::Lambda::Function', 'FederationAggregator');
    expect(asked).toEqual([2, 7]);
    expect(asked.reduce((sum, each) => sum + each)).toBeLessThan(
      Properties['ReservedConcurrentExecutions'],
    );
  });

  test('more than are reserved is refused in one readable sentence', () => {
    const aggregator = { reservedConcurrency: 2, hintConcurrency: 2, taskConcurrency: 2 };
    expect(refusalOf({ aggregator })).toMatchObject({
      code: 'concurrency-too-low',
      message: expect.stringMatching(SENTENCE),
    });
  });

  test('0 reserves none, and then nothing is compared', () => {
    const none = { reservedConcurrency: 0 };
    const template = synthesize({ coordinator: none, aggregator: none });
    for (const { Properties } of Object.values(resourcesOf(template, 'AWS::Lambda::Function'))) {
      expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
    }
  });
});

describe('F17: the sweep', () => {
  test.each([
    { interval: undefined, rate: 'rate(1 minute)' },
    { interval: Duration.minutes(1), rate: 'rate(1 minute)' },
    { interval: Duration.seconds(60), rate: 'rate(1 minute)' },
    { interval: Duration.minutes(2), rate: 'rate(2 minutes)' },
    { interval: Duration.hours(1), rate: 'rate(60 minutes)' },
  ])('runs at $rate', ({ interval, rate }) => {
    const template = synthesize(interval === undefined ? {} : { sweepInterval: interval });
    template.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: rate });
  });

  test.each([0, 30, 59, 90, 121])('%i seconds are refused in one readable sentence', (seconds) => {
    expect(refusalOf({ sweepInterval: Duration.seconds(seconds) })).toMatchObject({
      code: 'sweep-interval',
      message: expect.stringMatching(SENTENCE),
    });
  });
});

test.each([{ uploadRetention: Duration.days(13) }, { uploadRetention: Duration.hours(500) }])(
  'updates that expire within a round are refused',
  (props) => {
    expect(refusalOf(props)).toMatchObject({ code: 'upload-retention' });
  },
);
