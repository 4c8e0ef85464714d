import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startWorld, type World } from '../end-to-end/support/world.ts';
import { playRound, target } from './support/lifecycle.ts';

const sqs = new SQSClient(target);
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  sqs.destroy();
  await world.close();
});

async function messageCount(QueueUrl: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  const { ApproximateNumberOfMessages: ready, ApproximateNumberOfMessagesNotVisible: taken } =
    Attributes;
  return Number(ready) + Number(taken);
}

const hint = (eventName: string, key: string): string =>
  JSON.stringify({ Records: [{ eventName, s3: { object: { key } } }] });

describe('F14 the hint queue', () => {
  it('loses whatever is no upload event, none of it to the dead letters, and works on', async () => {
    const { hints, deadLetters } = world.deployed.queues;
    const odd = [
      '{"Service":"Amazon S3","Event":"s3:TestEvent"}',
      '{}',
      '{"Records":[]}',
      'not json',
      hint('ObjectRemoved:Delete', `updates/0/odd/1/${'d'.repeat(43)}`),
      hint('ObjectCreated:Put', 'updates%2F0%2Fm%2F1%2Fd'),
      hint('ObjectCreated:Put', 'updates/0/m/1/a+b'),
      hint('ObjectCreated:Put', 'updates/0/../x'),
    ];
    const dead = await messageCount(deadLetters.url);
    for (const MessageBody of odd) {
      await sqs.send(new SendMessageCommand({ QueueUrl: hints.url, MessageBody }));
    }
    const drained = async () => expect(await messageCount(hints.url)).toBe(0);
    await vi.waitFor(drained, { timeout: 60_000, interval: 500 });
    expect(await messageCount(deadLetters.url)).toBe(dead);
    await world.createModel('after-odd-hints', 2);
    await playRound(world, 'after-odd-hints');
  });
});
