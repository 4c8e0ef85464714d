import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bodyOf, requestOf, startServices, until } from './harness.ts';

const ARN_PREFIX = 'arn:aws:sqs:us-east-1:000000000000:';

let services: ReturnType<typeof startServices>;
beforeEach(() => {
  services = startServices({ processCountMax: 4 });
});
afterEach(() => services.close());

async function createQueue(name: string, attributes: Record<string, string> = {}): Promise<string> {
  const Attributes = { VisibilityTimeout: '30', ...attributes };
  await services.sqs.handle(
    requestOf('POST', '/', {
      headers: { 'x-amz-target': 'AmazonSQS.CreateQueue' },
      body: JSON.stringify({ QueueName: name, Attributes }),
    }),
  );
  return ARN_PREFIX + name;
}

/** A queue whose messages come back after a second, and go to `dead` after a number of deliveries. */
async function createQueues(maxReceiveCount: number) {
  const dead = await createQueue('dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead, maxReceiveCount });
  return {
    dead,
    live: await createQueue('live', { VisibilityTimeout: '1', RedrivePolicy }),
  };
}

/** Maps a queue to a function. @returns the mapping's path. */
async function map(FunctionName: string, EventSourceArn: string, settings: object = {}) {
  const input = { FunctionName, EventSourceArn, ...settings };
  const response = await services.call('POST', '/2015-03-31/event-source-mappings', input);
  expect(response.status).toBe(202);
  return `/2015-03-31/event-source-mappings/${bodyOf(response).UUID}`;
}

const send = (arn: string, bodies: readonly string[]) => {
  for (const body of bodies) {
    services.sqs.sendToArn(arn, body);
  }
};
const messageCount = (arn: string) => {
  const { ready, inFlight, delayed } = services.sqs.findQueue(arn)!.counts();
  return ready + inFlight + delayed;
};
const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));
const printed = (name: string) =>
  [...services.log(name).matchAll(/INFO\t(\[.*\])$/gm)].map(([, line]) => JSON.parse(line ?? ''));

/** Prints each batch's bodies and receive counts. */
const PRINTING = `
  const line = ({ Records }) => Records.map((r) => [r.body, Number(r.attributes.ApproximateReceiveCount)]);
  export const handler = (event) => { console.log(JSON.stringify(line(event))); };`;

describe('an event source mapping', () => {
  it('delivers messages in AWS’s form and deletes them after success', async () => {
    const queue = await createQueue('live');
    await services.create(
      'shape',
      'export const handler = (event) => console.log(JSON.stringify([event]));',
    );
    await map('shape', queue);
    send(queue, ['hello']);
    await until(() => messageCount(queue) === 0);
    await until(() => printed('shape').length === 1);
    expect(printed('shape')[0]).toEqual([
      {
        Records: [
          {
            messageId: expect.any(String),
            receiptHandle: expect.any(String),
            body: 'hello',
            attributes: {
              ApproximateReceiveCount: '1',
              SentTimestamp: expect.stringMatching(/^\d{13}$/),
              SenderId: expect.any(String),
              ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
            },
            messageAttributes: {},
            md5OfBody: '5d41402abc4b2a76b9719d911017c592',
            eventSource: 'aws:sqs',
            eventSourceARN: queue,
            awsRegion: 'us-east-1',
          },
        ],
      },
    ]);
  });

  it('delivers what was on the queue before it', async () => {
    const queue = await createQueue('live');
    await services.create('early', PRINTING);
    send(queue, numbers(3));
    await map('early', queue);
    await until(() => messageCount(queue) === 0);
    expect(services.lambda.counters().invocations).toBe(1);
  });

  it('fills batches up to their size', async () => {
    const queue = await createQueue('live');
    await services.create('sized', PRINTING);
    send(queue, numbers(25));
    await map('sized', queue, { BatchSize: 10 });
    await until(() => messageCount(queue) === 0);
    await until(() => printed('sized').length === 3);
    expect(
      printed('sized')
        .map((batch) => batch.length)
        .sort(),
    ).toEqual([10, 10, 5]);
  });

  it('gathers messages over its window, and beyond ten in one batch', async () => {
    const queue = await createQueue('live');
    await services.create('window', PRINTING);
    await map('window', queue, { BatchSize: 100, MaximumBatchingWindowInSeconds: 1 });
    send(queue, numbers(15));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(services.lambda.counters().invocations).toBe(0);
    send(queue, numbers(20));
    await until(() => messageCount(queue) === 0);
    await until(() => printed('window').length === 1);
    expect(printed('window')[0]).toHaveLength(35);
  });

  it('does not wait for its window with a full batch', async () => {
    const queue = await createQueue('live');
    await services.create('full', PRINTING);
    await map('full', queue, { BatchSize: 5, MaximumBatchingWindowInSeconds: 300 });
    send(queue, numbers(5));
    await until(() => messageCount(queue) === 0);
    expect(services.lambda.counters().invocations).toBe(1);
  });

  it('F15: brings back only what a partial report names', async () => {
    const queue = await createQueue('live', { VisibilityTimeout: '1' });
    await services.create(
      'partial',
      `export const handler = ({ Records }) => {
         console.log(JSON.stringify(Records.map((r) => [r.body, Number(r.attributes.ApproximateReceiveCount)])));
         const failed = Records.filter((r) => r.body === '1' && r.attributes.ApproximateReceiveCount === '1');
         return { batchItemFailures: failed.map((r) => ({ itemIdentifier: r.messageId })) };
       };`,
      { Timeout: 1 },
    );
    send(queue, numbers(3));
    await map('partial', queue, { FunctionResponseTypes: ['ReportBatchItemFailures'] });
    await until(() => messageCount(queue) === 0);
    await until(() => printed('partial').length === 2);
    expect(printed('partial')).toEqual([
      [
        ['0', 1],
        ['1', 1],
        ['2', 1],
      ],
      [['1', 2]],
    ]);
  });

  it('F15: brings the whole batch back on a malformed report', async () => {
    const queue = await createQueue('live', { VisibilityTimeout: '1' });
    await services.create(
      'malformed',
      `export const handler = ({ Records }) => {
         console.log(JSON.stringify(Records.map((r) => r.body)));
         const isFirst = Records.some((r) => r.attributes.ApproximateReceiveCount === '1');
         return isFirst ? { batchItemFailures: [{ itemidentifier: Records[0].messageId }] } : {};
       };`,
      { Timeout: 1 },
    );
    send(queue, numbers(3));
    await map('malformed', queue, { FunctionResponseTypes: ['ReportBatchItemFailures'] });
    await until(() => messageCount(queue) === 0);
    await until(() => printed('malformed').flat().length === 6);
    expect(printed('malformed').flat().sort()).toEqual(['0', '0', '1', '1', '2', '2']);
  });

  it('ignores a report unless it was told to read it', async () => {
    const queue = await createQueue('live');
    await services.create('unread', 'export const handler = () => ({ batchItemFailures: "all" });');
    send(queue, numbers(2));
    await map('unread', queue);
    await until(() => messageCount(queue) === 0);
    expect(services.lambda.counters().invocations).toBe(1);
  });

  it.each([
    ['throws', `throw new Error('no')`],
    ['exits', 'process.exit(1)'],
    ['times out', 'await new Promise((resolve) => setTimeout(resolve, 60_000))'],
  ])(
    'brings the batch back when the function %s, and gives it up in the end',
    async (_what, statement) => {
      const { live, dead } = await createQueues(2);
      await services.create('failing', `export const handler = async () => { ${statement} };`, {
        Timeout: 1,
      });
      send(live, numbers(3));
      await map('failing', live);
      await until(() => messageCount(dead) === 3);
      expect(messageCount(live)).toBe(0);
      expect(services.lambda.counters()).toMatchObject({
        errors: expect.any(Number),
        throttles: 0,
      });
    },
  );

  it('brings the batch back when the process is killed midway, and it is processed then', async () => {
    const { live, dead } = await createQueues(3);
    await services.create(
      'killed',
      `export const handler = async ({ Records }) => {
         const isFirst = Records.some((r) => r.attributes.ApproximateReceiveCount === '1');
         console.log(JSON.stringify([isFirst, process.env.AWS_SESSION_TOKEN, Records.length]));
         if (isFirst) await new Promise((resolve) => setTimeout(resolve, 60_000));
       };`,
      { Timeout: 1 },
    );
    send(live, numbers(4));
    await map('killed', live);
    await until(() => printed('killed').length === 1);
    expect(services.lambda.killProcess(printed('killed')[0][1])).toBe(true);
    await until(() => messageCount(live) === 0);
    await until(() => printed('killed').length >= 2);
    expect(
      printed('killed')
        .slice(1)
        .reduce((sum, [, , count]) => sum + count, 0),
    ).toBe(4);
    expect(messageCount(dead)).toBe(0);
  });

  it('F16: finishes 300 tasks at a reserved concurrency of 2, none of them dead', async () => {
    const { live, dead } = await createQueues(1);
    await services.create(
      'tasks',
      `export const handler = async ({ Records }) => {
         console.log(JSON.stringify(Records.map((r) => r.body)));
         await new Promise((resolve) => setTimeout(resolve, 10));
       };`,
      { Timeout: 1 },
    );
    await services.call('PUT', '/2017-10-31/functions/tasks/concurrency', {
      ReservedConcurrentExecutions: 2,
    });
    await map('tasks', live, { BatchSize: 1 });
    send(live, numbers(300));
    await until(() => messageCount(live) === 0);
    await until(() => printed('tasks').length === 300);
    expect(new Set(printed('tasks').flat()).size).toBe(300);
    expect(messageCount(dead)).toBe(0);
    expect(services.lambda.counters().invocations).toBe(300);
    expect(services.lambda.counters().coldStarts).toBeLessThanOrEqual(2);
  });

  it('keeps to its maximum concurrency', async () => {
    const queue = await createQueue('live');
    await services.create(
      'bounded',
      'export const handler = () => new Promise((resolve) => setTimeout(resolve, 50));',
    );
    await map('bounded', queue, { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } });
    send(queue, numbers(40));
    await until(() => messageCount(queue) === 0);
    expect(services.lambda.counters().invocations).toBe(40);
    expect(services.lambda.counters().coldStarts).toBeLessThanOrEqual(2);
  });

  it('takes nothing while it is disabled, and goes on when enabled', async () => {
    const queue = await createQueue('live');
    await services.create('paused', PRINTING);
    const path = await map('paused', queue, { Enabled: false });
    send(queue, numbers(2));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(messageCount(queue)).toBe(2);
    await services.call('PUT', path, { Enabled: true });
    await until(() => messageCount(queue) === 0);
    await services.call('DELETE', path);
    send(queue, numbers(1));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(messageCount(queue)).toBe(1);
  });

  it('stops when its function is deleted; the messages stay', async () => {
    const queue = await createQueue('live');
    await services.create('short-lived', PRINTING);
    const path = await map('short-lived', queue);
    await services.call('DELETE', '/2015-03-31/functions/short-lived');
    send(queue, numbers(2));
    await until(async () => bodyOf(await services.call('GET', path)).State === 'Disabled');
    expect(services.sqs.findQueue(queue)?.counts().ready).toBe(2);
  });

  it('splits what would exceed an event', async () => {
    const queue = await createQueue('live');
    await services.create(
      'split',
      'export const handler = ({ Records }) => console.log(JSON.stringify([Records.length]));',
      { MemorySize: 512 },
    );
    send(
      queue,
      Array.from({ length: 8 }, () => '"'.repeat(1_000_000)),
    );
    await map('split', queue);
    await until(() => messageCount(queue) === 0);
    await until(() => printed('split').flat().length === 3);
    expect(printed('split').flat().sort()).toEqual([2, 3, 3]);
  });
});
