import { readFileSync } from 'node:fs';
import { DEPLOYMENT } from '@tributary/client/deployment';
import { expect, test } from 'vitest';
import { describedFacts } from './support/deployment-facts.ts';
import { templateFacts } from './support/template-facts.ts';

const ORIGINS = ['https://app.example.com'];

test('the template is what the description of a deployment says', () => {
  expect(templateFacts()).toEqual(describedFacts([]));
});

test('scripts of origins that were chosen may send what the description says', () => {
  expect(templateFacts(ORIGINS)).toEqual(describedFacts(ORIGINS));
});

test('the README’s table of settings has the defaults of the description', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const defaultOf = (names: string): string | undefined =>
    readme
      .split('\n')
      .find((line) => line.startsWith(`| ${names} |`))
      ?.split('|')[3]
      ?.trim();
  const { functions, queues, pace, sweep, bucket } = DEPLOYMENT;
  const { coordinator, aggregator } = functions;
  const { hints, tasks } = queues.feeds;
  const expected = {
    '`coordinatorMemorySize`, `aggregatorMemorySize`': `${coordinator.memoryMegabytes}, ${aggregator.memoryMegabytes}`,
    '`coordinatorReservedConcurrency`, `aggregatorReservedConcurrency`': `${coordinator.reservedConcurrency}, ${aggregator.reservedConcurrency}`,
    '`hintConcurrency`, `taskConcurrency`': `${hints.maximumConcurrency}, ${tasks.maximumConcurrency}`,
    '`hintWindowSeconds`, `collectIntervalSeconds`, `sweepPatienceSeconds`': `${hints.windowSeconds}, ${pace.collectIntervalSeconds}, ${pace.sweepPatienceSeconds}`,
    '`aggregatorTimeoutSeconds`': `${aggregator.timeoutSeconds}`,
    '`uploadRetentionDays`': `${bucket.expirationDays}`,
    '`sweepMinutes`': `${sweep.intervalMinutes}`,
  };
  expect(Object.keys(expected).map((names) => [names, defaultOf(names)])).toEqual(
    Object.entries(expected),
  );
});
