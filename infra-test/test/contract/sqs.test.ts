import { createHash } from 'node:crypto';
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LambdaFixture, openLambda, uniqueName } from './lambda-fixture.ts';

let fixture: LambdaFixture;
beforeAll(async () => {
  fixture = await openLambda();
});
afterAll(() => fixture.close());

const receive = async (QueueUrl: string, input: Partial<ReceiveMessageCommandInput> = {}) => {
  const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...input });
  return (await fixture.sqs.send(command)).Messages ?? [];
};
const send = (QueueUrl: string, MessageBody: string, DelaySeconds?: number) =>
  fixture.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('SQS queues', () => {
  it('are created once, again with equal attributes, but not with others', async () => {
    const QueueName = uniqueName('queue');
    const create = (VisibilityTimeout: string) =>
      fixture.sqs.send(new CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout } }));
    const first = await create('10');
    expect((await create('10')).QueueUrl).toBe(first.QueueUrl);
    await expect(create('11')).rejects.toMatchObject({ name: 'QueueNameExists' });
    const found = await fixture.sqs.send(new GetQueueUrlCommand({ QueueName }));
    expect(found.QueueUrl).toBe(first.QueueUrl);
  });

  it('show and change their attributes', async () => {
    const { url, arn, name } = await fixture.createQueue({ DelaySeconds: '5' });
    const Attributes = { VisibilityTimeout: '7' };
    await fixture.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
    const shown = await fixture.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    expect(arn.split(':').at(-1)).toBe(name);
    expect(shown.Attributes).toMatchObject({
      QueueArn: arn,
      DelaySeconds: '5',
      VisibilityTimeout: '7',
      MessageRetentionPeriod: '345600',
      ApproximateNumberOfMessages: '0',
    });
  });

  it('are listed by prefix, a page at a time', async () => {
    const prefix = uniqueName('list');
    for (const end of ['b', 'a', 'c']) {
      await fixture.sqs.send(new CreateQueueCommand({ QueueName: `${prefix}-${end}` }));
    }
    const list = (NextToken?: string) =>
      fixture.sqs.send(
        new ListQueuesCommand({ QueueNamePrefix: prefix, MaxResults: 2, NextToken }),
      );
    const first = await list();
    const second = await list(first.NextToken);
    const names = [...(first.QueueUrls ?? []), ...(second.QueueUrls ?? [])].map((url) =>
      url.split('-').at(-1),
    );
    expect(names.sort()).toEqual(['a', 'b', 'c']);
    expect(second.NextToken).toBeUndefined();
  });

  it('are gone once deleted', async () => {
    const { url, name } = await fixture.createQueue();
    await fixture.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    const lookUp = fixture.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    await expect(lookUp).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    await expect(send(url, 'x')).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  it('refuse a dead-letter queue that does not exist, and attributes out of range', async () => {
    const create = (Attributes: Record<string, string>) =>
      fixture.sqs.send(new CreateQueueCommand({ QueueName: uniqueName('bad'), Attributes }));
    const deadLetterTargetArn = 'arn:aws:sqs:us-east-1:000000000000:nowhere';
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
    await expect(create({ RedrivePolicy })).rejects.toMatchObject({
      name: expect.stringContaining('InvalidParameterValue'),
    });
    await expect(create({ DelaySeconds: '901' })).rejects.toThrow();
  });
});

describe('SQS messages', () => {
  it('come back after their visibility timeout until they are deleted', async () => {
    const { url } = await fixture.createQueue({ VisibilityTimeout: '1' });
    await send(url, 'again');
    const MessageSystemAttributeNames = ['ApproximateReceiveCount' as const];
    const [first] = await receive(url, { MessageSystemAttributeNames });
    expect(first?.Attributes).toEqual({ ApproximateReceiveCount: '1' });
    expect(await receive(url)).toEqual([]);
    const [second] = await receive(url, { WaitTimeSeconds: 5, MessageSystemAttributeNames });
    expect(second).toMatchObject({ MessageId: first?.MessageId, Body: 'again' });
    expect(second?.Attributes).toEqual({ ApproximateReceiveCount: '2' });
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
    const ReceiptHandle = second?.ReceiptHandle;
    await fixture.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    expect(await receive(url, { WaitTimeSeconds: 2 })).toEqual([]);
  });

  it('carry body and attributes with their digests', async () => {
    const { url } = await fixture.createQueue();
    const MessageBody = 'Grüße 😀';
    const MessageAttributes = {
      text: { DataType: 'String', StringValue: 'ü' },
      bytes: { DataType: 'Binary', BinaryValue: Buffer.of(1, 2, 3) },
    };
    const sent = await fixture.sqs.send(
      new SendMessageCommand({ QueueUrl: url, MessageBody, MessageAttributes }),
    );
    expect(sent.MD5OfMessageBody).toBe(createHash('md5').update(MessageBody).digest('hex'));
    const [received] = await receive(url, { MessageAttributeNames: ['All'] });
    expect(received).toMatchObject({
      MessageId: sent.MessageId,
      Body: MessageBody,
      MD5OfBody: sent.MD5OfMessageBody,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      MessageAttributes: { text: { DataType: 'String', StringValue: 'ü' } },
    });
    expect([...(received?.MessageAttributes?.['bytes']?.BinaryValue ?? [])]).toEqual([1, 2, 3]);
  });

  it('stay away for their delay, which has a bound', async () => {
    const { url } = await fixture.createQueue();
    await send(url, 'later', 1);
    expect(await receive(url)).toEqual([]);
    expect(await receive(url, { WaitTimeSeconds: 5 })).toMatchObject([{ Body: 'later' }]);
    await expect(send(url, 'too late', 901)).rejects.toMatchObject({
      name: expect.stringContaining('InvalidParameterValue'),
    });
  });

  it('wake a long poll', async () => {
    const { url } = await fixture.createQueue();
    const polled = receive(url, { WaitTimeSeconds: 20 });
    await pause(200);
    await send(url, 'awake');
    expect(await polled).toMatchObject([{ Body: 'awake' }]);
  });

  it('may have 1 MiB and no byte more', async () => {
    const { url } = await fixture.createQueue();
    const body = 'x'.repeat(1_048_576);
    await send(url, body);
    const [received] = await receive(url);
    expect(received?.Body?.length).toBe(body.length);
    await expect(send(url, `${body}x`)).rejects.toMatchObject({
      name: expect.stringContaining('InvalidParameterValue'),
    });
  });

  it('become visible when their visibility is set to 0, one or several', async () => {
    const { url } = await fixture.createQueue();
    await send(url, 'a');
    await send(url, 'b');
    const [first, second] = await receive(url);
    await fixture.sqs.send(
      new ChangeMessageVisibilityCommand({
        ...{ QueueUrl: url, VisibilityTimeout: 0 },
        ReceiptHandle: first?.ReceiptHandle,
      }),
    );
    expect(await receive(url, { WaitTimeSeconds: 1 })).toMatchObject([
      { MessageId: first?.MessageId },
    ]);
    const changed = await fixture.sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: 'good', ReceiptHandle: second?.ReceiptHandle, VisibilityTimeout: 0 },
          { Id: 'bad', ReceiptHandle: 'nonsense', VisibilityTimeout: 0 },
        ],
      }),
    );
    expect(changed.Successful).toMatchObject([{ Id: 'good' }]);
    expect(changed.Failed).toMatchObject([{ Id: 'bad', Code: 'ReceiptHandleIsInvalid' }]);
  });

  it('are sent and deleted in batches of at most ten, each with an outcome of its own', async () => {
    const { url } = await fixture.createQueue();
    const entries = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ Id: `m${index}`, MessageBody: `${index}` }));
    const sendBatch = (Entries: { Id: string; MessageBody: string }[]) =>
      fixture.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    const mixed = await sendBatch([...entries(9), { Id: 'bad', MessageBody: '\u0000' }]);
    expect(mixed.Successful).toHaveLength(9);
    expect(mixed.Failed).toMatchObject([
      { Id: 'bad', SenderFault: true, Code: 'InvalidMessageContents' },
    ]);
    await expect(sendBatch(entries(11))).rejects.toMatchObject({
      name: 'TooManyEntriesInBatchRequest',
    });
    await expect(sendBatch([])).rejects.toMatchObject({ name: 'EmptyBatchRequest' });
    await expect(sendBatch([...entries(1), ...entries(1)])).rejects.toMatchObject({
      name: 'BatchEntryIdsNotDistinct',
    });
    const received = await receive(url);
    const Entries = received.map(({ ReceiptHandle }, index) => ({
      Id: `d${index}`,
      ReceiptHandle,
    }));
    const deleted = await fixture.sqs.send(
      new DeleteMessageBatchCommand({ QueueUrl: url, Entries }),
    );
    expect(deleted.Successful).toHaveLength(9);
    expect(await fixture.messageCount(url)).toBe(0);
  });

  it('go to the dead-letter queue after their deliveries', async () => {
    const dead = await fixture.createQueue();
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 });
    const { url } = await fixture.createQueue({ VisibilityTimeout: '0', RedrivePolicy });
    await send(url, 'poison');
    for (const _delivery of [1, 2]) {
      expect(await receive(url, { WaitTimeSeconds: 2 })).toMatchObject([{ Body: 'poison' }]);
    }
    expect(await receive(url, { WaitTimeSeconds: 1 })).toEqual([]);
    expect(await receive(dead.url, { WaitTimeSeconds: 2 })).toMatchObject([{ Body: 'poison' }]);
    expect(await fixture.messageCount(url)).toBe(0);
  });

  it('are gone after a purge', async () => {
    const { url } = await fixture.createQueue();
    await send(url, 'a');
    await fixture.sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
    expect(await fixture.messageCount(url)).toBe(0);
  });
});
