import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SQSClient } from '@aws-sdk/client-sqs';
import { InvocationFailedError, type Task } from '@tributary/client/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqsTaskQueue } from '../../src/storage/task-queue.ts';

interface Received {
  readonly action: string;
  readonly body: Record<string, unknown>;
}

let server: Server;
let client: SQSClient;
let queue: SqsTaskQueue;
let received: Received[];
/** What the next requests are answered with, by action. */
let answers: Record<string, object>;

beforeEach(async () => {
  received = [];
  answers = {};
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      received.push({ action, body: JSON.parse(Buffer.concat(chunks).toString()) });
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(answers[action] ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = new SQSClient({
    region: 'eu-west-1',
    endpoint,
    credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' },
    // The server above makes no digests.
    md5: false,
  });
  queue = new SqsTaskQueue({ client, queueUrl: `${endpoint}/000000000000/tasks` });
});

afterEach(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function task(round: number): Task {
  return { schema: 1, task: 'collect', model: 'm', round };
}

describe('The task queue', () => {
  it('sends one task as JSON, hidden as long as asked', async () => {
    await queue.send(task(1), 900);
    await queue.send(task(2));
    expect(received.map(({ action }) => action)).toEqual(['SendMessage', 'SendMessage']);
    expect(received.map(({ body }) => body['DelaySeconds'])).toEqual([900, 0]);
    expect(JSON.parse(String(received[0]?.body['MessageBody']))).toEqual(task(1));
  });

  it.each([-1, 0.5, 901, Number.NaN])('does not send with a delay of %d s', async (delay) => {
    await expect(queue.send(task(1), delay)).rejects.toThrow(/Delay is/);
    expect(received).toEqual([]);
  });

  it.each([0, 1, 10, 11, 25])('sends %i tasks in batches of ten, in order', async (count) => {
    const tasks = Array.from({ length: count }, (_, index) => task(index + 1));
    await queue.sendAll(tasks);
    const batches = received.map(({ body }) => body['Entries'] as { MessageBody: string }[]);
    expect(batches.every((batch) => batch.length <= 10)).toBe(true);
    expect(batches).toHaveLength(Math.ceil(count / 10));
    expect(batches.flat().map(({ MessageBody }) => JSON.parse(MessageBody))).toEqual(tasks);
  });

  it('fails when a batch is accepted in part only', async () => {
    answers['SendMessageBatch'] = {
      Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }],
      Successful: [],
    };
    const sent = queue.sendAll([task(1), task(2)]);
    await expect(sent).rejects.toThrow(InvocationFailedError);
    await expect(sent).rejects.toMatchObject({ code: 'queue-failed' });
  });
});
