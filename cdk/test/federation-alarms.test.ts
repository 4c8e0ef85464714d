import { Match, Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { expect, test } from 'vitest';
import { Federation } from '../src/index.ts';
import { emptyStack, IDENTITY, resourcesOf, synthesize } from './support/synthesize.ts';

const ALARM = 'AWS::CloudWatch::Alarm';
const template = synthesize();

test.each([
  { what: 'dead letters', metric: 'ApproximateNumberOfMessagesVisible', threshold: 1, count: 1 },
  { what: 'overdue rounds', metric: 'RoundsAborted', threshold: 1, count: 1 },
  { what: 'sweeps that stopped', metric: 'Invocations', threshold: 1, count: 1 },
  { what: 'waiting messages', metric: 'ApproximateAgeOfOldestMessage', threshold: 1800, count: 2 },
  { what: 'errors', metric: 'Errors', threshold: 1, count: 2 },
  { what: 'throttles', metric: 'Throttles', threshold: 1, count: 2 },
])('$what ring', ({ metric, threshold, count }) => {
  template.resourcePropertiesCountIs(ALARM, { MetricName: metric, Threshold: threshold }, count);
});

test('an overdue round is one of this federation that was aborted as stalled', () => {
  template.hasResourceProperties(ALARM, {
    Namespace: 'Tributary',
    Dimensions: [
      { Name: 'federation', Value: { Ref: Match.stringLikeRegexp('^FederationStorageBucket') } },
      { Name: 'reason', Value: 'stalled' },
      { Name: 'service', Value: 'aggregator' },
    ],
  });
});

test('silence rings for the sweep alone', () => {
  const alarms = Object.values(resourcesOf(template, ALARM)).map(({ Properties }) => Properties);
  const ringing = alarms.filter(({ TreatMissingData }) => TreatMissingData === 'breaching');
  expect(alarms).toHaveLength(9);
  expect(ringing.map(({ MetricName }) => MetricName)).toEqual(['Invocations']);
});

test('a topic is told of every alarm; without one the console shows them', () => {
  const stack = emptyStack();
  const alarmTopic = Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:111122223333:pager');
  new Federation(stack, 'Federation', { ...IDENTITY, alarmTopic });
  Template.fromStack(stack).allResourcesProperties(ALARM, {
    AlarmActions: ['arn:aws:sns:eu-west-1:111122223333:pager'],
  });
  template.allResourcesProperties(ALARM, { AlarmActions: Match.absent() });
});

test('the dashboard shows every alarm and the federation’s own metrics', () => {
  const [dashboard] = Object.values(resourcesOf(template, 'AWS::CloudWatch::Dashboard'));
  const body = JSON.stringify(dashboard?.Properties['DashboardBody']);
  for (const id of Object.keys(resourcesOf(template, ALARM))) expect(body).toContain(id);
  for (const name of ['UpdatesAccepted', 'UpdatesRejected', 'RoundDuration', 'FoldRate']) {
    expect(body).toContain(name);
  }
});
