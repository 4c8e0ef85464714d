import { closeKey, type Task, updatesPrefix } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { Aggregator } from '../../src/aggregator/aggregator.ts';
import { CollectThrottle } from '../../src/aggregator/collect-throttle.ts';
import { parseEvent } from '../../src/aggregator/events.ts';
import type { LogEvent } from '../../src/log.ts';
import type { ListedObject } from '../../src/storage/object-store.ts';
import {
  contextOn,
  createModel,
  MODEL,
  openFirstRound,
  planOf,
  pseudonym,
  upload,
} from '../support/federation.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

function aggregatorOn(store: MemoryObjectStore) {
  const sent: { task: Task; delaySeconds: number }[] = [];
  const logged: LogEvent[] = [];
  const aggregator = new Aggregator({
    context: { ...contextOn(store), log: (event) => logged.push(event) },
    tasks: {
      send: async (task, delaySeconds = 0) => void sent.push({ task, delaySeconds }),
      sendAll: async (tasks) => void sent.push(...tasks.map((task) => ({ task, delaySeconds: 0 }))),
    },
    throttle: new CollectThrottle(2_000),
  });
  return { aggregator, sent, logged };
}

const collect = (round: number): string =>
  JSON.stringify({ schema: 1, task: 'collect', model: MODEL, round });

const hint = (round: number): string =>
  JSON.stringify({
    Records: [
      {
        eventName: 'ObjectCreated:Put',
        s3: { object: { key: `updates/0/${MODEL}/${round}/${pseudonym(1)}` } },
      },
    ],
  });

async function storeWithRound(): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  await createModel(store, planOf());
  await openFirstRound(store, { goal: 1 });
  return store;
}

describe('a batch of messages', () => {
  it('F14: foreign messages are acknowledged and logged once each', async () => {
    const { aggregator, logged } = aggregatorOn(await storeWithRound());
    const bodies = [
      '{"Service":"Amazon S3","Event":"s3:TestEvent"}',
      '{}',
      'not json',
      'updates/0/../x',
    ];
    const answer = await aggregator.batch(bodies.map((body, at) => ({ messageId: `${at}`, body })));
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(logged.map(({ event }) => event)).toEqual(bodies.map(() => 'message-ignored'));
  });

  it('F15: only the message whose work failed comes back', async () => {
    const store = await storeWithRound();
    class FailingStore extends MemoryObjectStore {
      override async *list(prefix: string): AsyncIterable<ListedObject> {
        if (prefix === updatesPrefix({ model: MODEL, round: 1 }, 0)) throw new Error('S3 is down');
        yield* super.list(prefix);
      }
    }
    const failing = new FailingStore();
    for (const [key, { body }] of store.objects) await failing.putOnce(key, body);
    const { aggregator, logged } = aggregatorOn(failing);
    const answer = await aggregator.batch([
      { messageId: 'a', body: 'not json' },
      { messageId: 'b', body: collect(1) },
      { messageId: 'c', body: collect(7) },
    ]);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'b' }] });
    expect(logged).toContainEqual(
      expect.objectContaining({ event: 'task-failed', level: 'error' }),
    );
  });

  it('follows many hints at one round with one look', async () => {
    const store = await storeWithRound();
    await upload(store, planOf(), { device: pseudonym(1), delta: [1, 1], exampleCount: 1 });
    const { aggregator, logged, sent } = aggregatorOn(store);
    await aggregator.batch([1, 2, 3].map((n) => ({ messageId: `${n}`, body: hint(1) })));
    expect(logged.filter(({ event }) => event === 'task-done')).toHaveLength(1);
    expect(store.objects.has(closeKey({ model: MODEL, round: 1 }))).toBe(true);
    expect(sent.map(({ task }) => task.task)).toEqual(['fold']);
  });

  it('a hint inside the interval is followed at its end, once', async () => {
    const { aggregator, sent } = aggregatorOn(await storeWithRound());
    for (const messageId of ['1', '2', '3']) await aggregator.batch([{ messageId, body: hint(1) }]);
    expect(sent).toEqual([
      { task: { schema: 1, task: 'collect', model: MODEL, round: 1 }, delaySeconds: 2 },
    ]);
  });
});

describe('parseEvent', () => {
  it('knows the sweep and batches of SQS, and nothing else', () => {
    expect(parseEvent({ sweep: true })).toEqual({ kind: 'sweep' });
    const record = { eventSource: 'aws:sqs', messageId: 'a', body: 'b', receiptHandle: 'r' };
    expect(parseEvent({ Records: [record] })).toEqual({
      kind: 'batch',
      messages: [{ eventSource: 'aws:sqs', messageId: 'a', body: 'b' }],
    });
    for (const event of [undefined, null, {}, { sweep: 'yes' }]) {
      expect(parseEvent(event)).toEqual({ kind: 'unknown', isBatch: false });
    }
  });
});

describe('a series', () => {
  it('gives its next round a timer, as an operator’s start does', async () => {
    const store = new MemoryObjectStore();
    await createModel(store, planOf());
    await openFirstRound(store, { goal: 1, deadlineSeconds: 90 }, { remaining: 1 });
    await upload(store, planOf(), { device: pseudonym(1), delta: [1, 1], exampleCount: 1 });
    const { aggregator, sent } = aggregatorOn(store);
    let handled = 0;
    await aggregator.batch([{ messageId: '0', body: collect(1) }]);
    for (; handled < sent.length; handled += 1) {
      const { task, delaySeconds } = sent[handled]!;
      if (delaySeconds === 0) {
        await aggregator.batch([{ messageId: '1', body: JSON.stringify(task) }]);
      }
    }
    expect(sent.at(-1)).toEqual({
      task: { schema: 1, task: 'collect', model: MODEL, round: 2 },
      delaySeconds: 90,
    });
  });
});
