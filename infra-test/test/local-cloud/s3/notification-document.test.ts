import { expect, test } from 'vitest';
import type { QueueNotification } from '../../../src/local-cloud/s3/bucket-settings.ts';
import { isSubscribed, objectCreatedMessage } from '../../../src/local-cloud/s3/event-message.ts';
import {
  notificationDocument,
  parseNotificationDocument,
} from '../../../src/local-cloud/s3/notification-document.ts';

function notification(change: Partial<QueueNotification> = {}): QueueNotification {
  return {
    id: 'one',
    queueArn: 'arn:aws:sqs:us-east-1:000000000000:q',
    events: ['s3:ObjectCreated:*'],
    prefix: '',
    suffix: '',
    ...change,
  };
}

function parse(text: string): readonly QueueNotification[] {
  return parseNotificationDocument(text, () => 'generated');
}

function codeOf(notifications: readonly QueueNotification[]): string {
  try {
    parse(notificationDocument(notifications));
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test('a configuration is read as it was written', () => {
  const notifications = [
    notification({ prefix: 'updates/', suffix: '.st' }),
    notification({ id: 'two', prefix: 'other/', events: ['s3:ObjectCreated:Put'] }),
  ];
  expect(parse(notificationDocument(notifications))).toEqual(notifications);
  expect(parse(notificationDocument([]))).toEqual([]);
});

test('a subscription without a name gets one', () => {
  const text =
    '<NotificationConfiguration><QueueConfiguration><Queue>q</Queue><Event>s3:ObjectCreated:*</Event></QueueConfiguration></NotificationConfiguration>';
  expect(parse(text)).toEqual([notification({ id: 'generated', queueArn: 'q' })]);
});

test.each([
  ['the same keys', [{}, {}], 'InvalidArgument'],
  ['a prefix within another', [{ prefix: 'a/' }, { prefix: 'a/b' }], 'InvalidArgument'],
  ['a suffix within another', [{ suffix: '.st' }, { suffix: 'x.st' }], 'InvalidArgument'],
  ['a prefix against a suffix', [{ prefix: 'a' }, { suffix: 'b' }], 'InvalidArgument'],
  ['prefixes apart', [{ prefix: 'a/' }, { prefix: 'b/' }], 'accepted'],
  [
    'suffixes apart',
    [
      { prefix: 'a', suffix: '1' },
      { prefix: 'a', suffix: '2' },
    ],
    'accepted',
  ],
])('two subscriptions to %s: %s', (_, filters, code) => {
  expect(codeOf(filters.map((filter) => notification(filter)))).toBe(code);
});

test('events and destinations that are not served are refused by name', () => {
  expect(codeOf([notification({ events: ['s3:ObjectRemoved:*'] })])).toBe('NotImplemented');
  const text =
    '<NotificationConfiguration><TopicConfiguration><Topic>t</Topic></TopicConfiguration></NotificationConfiguration>';
  expect(() => parse(text)).toThrow(
    expect.objectContaining({
      code: 'NotImplemented',
      message: expect.stringContaining('TopicConfiguration'),
    }),
  );
});

test('a filter looks at both ends of the key', () => {
  const filter = notification({ prefix: 'a/', suffix: '.st' });
  expect(['a/x.st', 'a/.st', 'b/x.st', 'a/x.txt'].map((key) => isSubscribed(filter, key))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test.each([
  ['plain/key-1_2.st', 'plain/key-1_2.st'],
  ['a b+c', 'a+b%2Bc'],
  ['ü/%', '%C3%BC/%25'],
])('the key %s is told as %s', (key, encoded) => {
  const object = {
    key,
    bytes: 1,
    etag: 'e',
    lastModifiedMs: 0,
    sequencer: '0',
    headers: {},
    checksum: undefined,
    location: { kind: 'log', position: 0 },
  } as const;
  const context = { bucket: 'b', region: 'us-east-1', requestId: 'r' };
  const message = JSON.parse(objectCreatedMessage(notification(), object, context));
  expect(message.Records[0].s3.object.key).toBe(encoded);
  expect(decodeURIComponent(encoded.replaceAll('+', ' '))).toBe(key);
});
