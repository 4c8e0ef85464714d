import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSqsService, type SqsService } from '../../../src/local-cloud/sqs/index.ts';

const ARN = 'arn:aws:sqs:eu-west-1:123456789012:live';
const UNBOUNDED = { countMax: 100, bytesMax: Number.POSITIVE_INFINITY };

let sqs: SqsService;
beforeEach(async () => {
  sqs = createSqsService({
    region: 'eu-west-1',
    accountId: '123456789012',
    endpoint: () => 'http://cloud',
  });
  await call('CreateQueue', { QueueName: 'live' });
});
afterEach(() => sqs.close());

async function call(operation: string, input: object | string) {
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  const response = await sqs.handle({
    ...{ requestId: 'r', method: 'POST', path: '/', query: new URLSearchParams(), rawQuery: '' },
    headers: { 'x-amz-target': `AmazonSQS.${operation}` },
    body: Readable.from([Buffer.from(text)], { objectMode: false }),
    sessionToken: undefined,
  });
  return { ...response, json: JSON.parse(String(response.body)) };
}

describe('SqsService', () => {
  it('names queues by URLs of its endpoint, and finds them under any host', async () => {
    const { json } = await call('GetQueueUrl', { QueueName: 'live' });
    expect(json.QueueUrl).toBe('http://cloud/123456789012/live');
    const QueueUrl = 'http://localhost:1/123456789012/live';
    expect((await call('SendMessage', { QueueUrl, MessageBody: 'm' })).status).toBe(200);
    const foreign = await call('SendMessage', {
      QueueUrl: 'http://cloud/000000000000/live',
      MessageBody: 'm',
    });
    expect(foreign.json.__type).toBe('com.amazonaws.sqs#QueueDoesNotExist');
  });

  it('delivers for other services, delayed or not, and says when there is no queue', async () => {
    sqs.sendToArn(ARN, 'now');
    sqs.sendToArn(ARN, 'later', { delayMs: 3_600_000 });
    expect(sqs.findQueue(ARN)?.counts()).toEqual({ ready: 1, inFlight: 0, delayed: 1 });
    expect(() => sqs.sendToArn(`${ARN}-not`, 'm')).toThrow(
      expect.objectContaining({ code: 'QueueDoesNotExist' }),
    );
    expect(sqs.counters().byOperation).not.toHaveProperty('SendMessage');
  });

  it('bills consumers inside the cloud for calls of ten', () => {
    for (let index = 0; index < 25; index += 1) {
      sqs.sendToArn(ARN, 'm');
    }
    const received = sqs.receiveFor(ARN, UNBOUNDED);
    expect(received).toHaveLength(25);
    sqs.deleteFor(
      ARN,
      received.map(({ receiptHandle }) => receiptHandle),
    );
    expect(sqs.findQueue(ARN)?.counts()).toEqual({ ready: 0, inFlight: 0, delayed: 0 });
    expect(sqs.counters().byOperation).toEqual({
      CreateQueue: 1,
      ReceiveMessage: 3,
      DeleteMessageBatch: 3,
    });
    expect(sqs.usage()).toEqual({ requests: 7 });
  });

  it('tells listeners of a queue that is created later, until they unsubscribe', async () => {
    const calls: string[] = [];
    const unsubscribe = sqs.onReady(`${ARN}-2`, () => calls.push('ready'));
    await call('CreateQueue', { QueueName: 'live-2' });
    sqs.sendToArn(`${ARN}-2`, 'm');
    expect(calls).toEqual(['ready']);
    unsubscribe();
    sqs.sendToArn(`${ARN}-2`, 'm');
    expect(calls).toEqual(['ready']);
  });

  it.each([
    ['SendMessage', { QueueUrl: 'http://cloud/123456789012/live' }, 'MissingParameter'],
    ['SendMessage', { MessageBody: 'm' }, 'MissingParameter'],
    ['ReceiveMessage', { QueueUrl: 'u', MaxNumberOfMessages: 11 }, 'InvalidParameterValue'],
    ['ReceiveMessage', { QueueUrl: 'u', WaitTimeSeconds: 21 }, 'InvalidParameterValue'],
    [
      'SendMessage',
      { QueueUrl: 'u', MessageBody: 'm', MessageGroupId: 'g' },
      'InvalidParameterValue',
    ],
    ['CreateQueue', { QueueName: 'a.fifo' }, 'UnsupportedOperation'],
    ['CreateQueue', { QueueName: 'a b' }, 'InvalidParameterValue'],
    ['CreateQueue', { QueueName: 'a'.repeat(81) }, 'InvalidParameterValue'],
    ['ListQueues', '{', 'SerializationException'],
    ['ListQueues', '[]', 'InvalidParameterValue'],
  ])('refuses %s %j as %s', async (operation, input, code) => {
    const { status, json } = await call(operation, input);
    expect({ status, type: json.__type }).toEqual({
      status: 400,
      type: `com.amazonaws.sqs#${code}`,
    });
  });

  it('refuses a batch whose bodies and attributes together exceed 1 MiB', async () => {
    const QueueUrl = 'http://cloud/123456789012/live';
    const MessageAttributes = { a: { DataType: 'String', StringValue: 'v' } };
    const batchOf = (bytes: number) => ({
      QueueUrl,
      Entries: [
        { Id: 'a', MessageBody: 'x'.repeat(500_000) },
        { Id: 'b', MessageBody: 'x'.repeat(bytes), MessageAttributes },
      ],
    });
    expect((await call('SendMessageBatch', batchOf(548_568))).json.Successful).toHaveLength(2);
    const refused = await call('SendMessageBatch', batchOf(548_569));
    expect(refused.json.__type).toMatch(/BatchRequestTooLong$/);
  });

  it('gives no queue the name of one just deleted, and purges once a minute', async () => {
    const QueueUrl = 'http://cloud/123456789012/live';
    expect((await call('PurgeQueue', { QueueUrl })).status).toBe(200);
    expect((await call('PurgeQueue', { QueueUrl })).json.__type).toMatch(/PurgeQueueInProgress$/);
    await call('DeleteQueue', { QueueUrl });
    const again = await call('CreateQueue', { QueueName: 'live' });
    expect(again.json.__type).toMatch(/QueueDeletedRecently$/);
  });

  it('answers long polls with nothing when it closes', async () => {
    const QueueUrl = 'http://cloud/123456789012/live';
    const polled = call('ReceiveMessage', { QueueUrl, WaitTimeSeconds: 20 });
    await new Promise((resolve) => setImmediate(resolve));
    await sqs.close();
    expect((await polled).json).toEqual({ Messages: [] });
  });
});
