import {
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  type QueueConfiguration,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf, openS3, type S3Fixture } from './s3-fixture.ts';

/** S3 delivers to a queue only where the queue's own policy lets it. */
const policy = (): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 's3.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
      },
    ],
  });

interface EventRecord {
  readonly eventName: string;
  readonly s3: {
    readonly bucket: { readonly name: string };
    readonly object: { readonly key: string; readonly sequencer: string };
  };
}

let s3: S3Fixture;
let sqs: SQSClient;
let queueUrl: string;
let queueArn: string;

beforeAll(async () => {
  s3 = await openS3();
  sqs = new SQSClient(s3.target.client);
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: s3.bucket }));
  queueUrl = QueueUrl;
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  queueArn = Attributes?.['QueueArn'] ?? '';
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: policy() } }));
  await subscribe([
    {
      Id: 'updates',
      QueueArn: queueArn,
      Events: ['s3:ObjectCreated:*'],
      Filter: {
        Key: {
          FilterRules: [
            { Name: 'prefix', Value: 'updates/' },
            { Name: 'suffix', Value: '.st' },
          ],
        },
      },
    },
  ]);
});

afterAll(async () => {
  await sqs.send(new DeleteQueueCommand({ QueueUrl: queueUrl }));
  sqs.destroy();
  await s3.close();
});

async function subscribe(QueueConfigurations: QueueConfiguration[]): Promise<void> {
  await s3.client.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: s3.bucket,
      NotificationConfiguration: { QueueConfigurations },
    }),
  );
}

/** Receives until `count` messages are there. */
async function receive(count: number): Promise<string[]> {
  const bodies: string[] = [];
  while (bodies.length < count) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 10,
      }),
    );
    for (const { Body = '', ReceiptHandle } of Messages) {
      bodies.push(Body);
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    }
  }
  return bodies;
}

function recordsOf(body: string): EventRecord[] {
  return (JSON.parse(body) as { Records: EventRecord[] }).Records;
}

test('the queue learns of its subscription, then of every created object the filter lets through', async () => {
  const [testBody = ''] = await receive(1);
  const testEvent = JSON.parse(testBody) as Record<string, unknown>;
  expect(testEvent).toMatchObject({ Event: 's3:TestEvent', Bucket: s3.bucket });
  expect(testEvent).not.toHaveProperty('Records');

  await s3.put('other/1.st');
  await s3.put('updates/1.txt');
  const { etag } = await s3.put('updates/ü a+b.st', 'five!');
  const [body = ''] = await receive(1);
  const records = recordsOf(body);
  expect(records).toMatchObject([
    {
      eventVersion: expect.stringMatching(/^2\.\d$/),
      eventSource: 'aws:s3',
      awsRegion: s3.target.client.region,
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      eventName: 'ObjectCreated:Put',
      s3: {
        configurationId: 'updates',
        bucket: { name: s3.bucket, arn: `arn:aws:s3:::${s3.bucket}` },
        object: { key: 'updates/%C3%BC+a%2Bb.st', size: 5, eTag: etag.replaceAll('"', '') },
      },
    },
  ]);
});

test('later writes of one key have greater sequencers', async () => {
  for (let write = 0; write < 3; write += 1) await s3.put('updates/again.st', `write ${write}`);
  const records = (await receive(3)).flatMap(recordsOf);
  const sequencers = records.map((record) => record.s3.object.sequencer);
  expect(new Set(sequencers).size).toBe(3);
  for (const sequencer of sequencers) expect(sequencer).toMatch(/^[0-9A-F]{16,}$/);
});

test('a write that is refused raises no event', async () => {
  await s3.put('updates/refused.st', 'first');
  await receive(1);
  const other = '"00000000000000000000000000000000"';
  const key = { Bucket: s3.bucket, Key: 'updates/refused.st' };
  const refused = new PutObjectCommand({ ...key, Body: 'second', IfMatch: other });
  expect(await codeOf(s3.client.send(refused))).toBe('PreconditionFailed');
  await s3.put('updates/marker.st');
  const [record] = (await receive(1)).flatMap(recordsOf);
  expect(record?.s3.object.key).toBe('updates/marker.st');
});

test('the subscription is told as it was set', async () => {
  const got = await s3.client.send(
    new GetBucketNotificationConfigurationCommand({ Bucket: s3.bucket }),
  );
  expect(got.QueueConfigurations).toMatchObject([
    { Id: 'updates', QueueArn: queueArn, Events: ['s3:ObjectCreated:*'] },
  ]);
  const rules = got.QueueConfigurations?.[0]?.Filter?.Key?.FilterRules ?? [];
  expect(rules.map(({ Name, Value }) => [Name?.toLowerCase(), Value])).toEqual([
    ['prefix', 'updates/'],
    ['suffix', '.st'],
  ]);
});

test('a queue that does not exist and overlapping filters are refused', async () => {
  const all: QueueConfiguration = { QueueArn: queueArn, Events: ['s3:ObjectCreated:*'] };
  expect(await codeOf(subscribe([{ ...all, QueueArn: `${queueArn}-not` }]))).toBe(
    'InvalidArgument',
  );
  expect(await codeOf(subscribe([all, all]))).toBe('InvalidArgument');
});

test('an empty configuration ends the events', async () => {
  await subscribe([]);
  await s3.put('updates/unseen.st');
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl,
      AttributeNames: ['ApproximateNumberOfMessages'],
    }),
  );
  expect(Attributes?.['ApproximateNumberOfMessages']).toBe('0');
});
