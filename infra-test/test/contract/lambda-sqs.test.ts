import {
  CreateEventSourceMappingCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LambdaFixture, openLambda, until } from './lambda-fixture.ts';

let fixture: LambdaFixture;
beforeAll(async () => {
  fixture = await openLambda();
});
afterAll(() => fixture.close());

describe('Lambda on SQS', () => {
  it('F15: takes back exactly what a partial report names', async () => {
    const dead = await fixture.createQueue();
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 });
    const queue = await fixture.createQueue({ VisibilityTimeout: '1', RedrivePolicy });
    const { name: FunctionName } = await fixture.createFunction(
      `export const handler = ({ Records }) => ({
         batchItemFailures: Records.filter(({ body }) => body === 'bad')
           .map(({ messageId }) => ({ itemIdentifier: messageId })),
       });`,
      { Timeout: 1 },
    );
    for (const MessageBody of ['good', 'bad', 'fine']) {
      await fixture.sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody }));
    }
    await fixture.lambda.send(
      new CreateEventSourceMappingCommand({
        ...{ FunctionName, EventSourceArn: queue.arn },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      }),
    );
    await until(async () => (await fixture.messageCount(queue.url)) === 0);
    expect(await fixture.messageCount(dead.url)).toBe(1);
  });

  it.each([
    '[{ itemIdentifier: "" }]',
    '[{ itemIdentifier: null }]',
    '[{ itemIdentifier: "unknown" }]',
    '[{ itemidentifier: Records[0].messageId }]',
    'Records[0].messageId',
  ])('F15: takes the whole batch back for batchItemFailures: %s', async (failures) => {
    const dead = await fixture.createQueue();
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 });
    const queue = await fixture.createQueue({ VisibilityTimeout: '1', RedrivePolicy });
    const { name: FunctionName } = await fixture.createFunction(
      `export const handler = ({ Records }) => ({ batchItemFailures: ${failures} });`,
      { Timeout: 1 },
    );
    for (const MessageBody of ['a', 'b']) {
      await fixture.sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody }));
    }
    await fixture.lambda.send(
      new CreateEventSourceMappingCommand({
        ...{ FunctionName, EventSourceArn: queue.arn },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      }),
    );
    await until(async () => (await fixture.messageCount(dead.url)) === 2);
    expect(await fixture.messageCount(queue.url)).toBe(0);
  });

  it('F16: finishes 300 tasks at a reserved concurrency of 2, none of them dead', async () => {
    const dead = await fixture.createQueue();
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 3 });
    const queue = await fixture.createQueue({ VisibilityTimeout: '6', RedrivePolicy });
    const { name: FunctionName } = await fixture.createFunction(
      `export const handler = () => new Promise((resolve) => setTimeout(resolve, 10));`,
      { Timeout: 1 },
    );
    await fixture.lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 2 }),
    );
    await fixture.lambda.send(
      new CreateEventSourceMappingCommand({
        ...{ FunctionName, EventSourceArn: queue.arn, BatchSize: 1 },
        ScalingConfig: { MaximumConcurrency: 2 },
      }),
    );
    for (let batch = 0; batch < 30; batch += 1) {
      const Entries = Array.from({ length: 10 }, (_, index) => ({
        Id: `${index}`,
        MessageBody: `${batch}-${index}`,
      }));
      await fixture.sqs.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }));
    }
    await until(async () => (await fixture.messageCount(queue.url)) === 0);
    expect(await fixture.messageCount(dead.url)).toBe(0);
  });
});
