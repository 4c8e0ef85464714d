import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Queue } from '../../../src/local-cloud/sqs/queue.ts';
import {
  initialSettings,
  type QueueSettings,
} from '../../../src/local-cloud/sqs/queue-settings.ts';

const ARN_PREFIX = 'arn:aws:sqs:us-east-1:000000000000:';

function makeQueue(settings: Partial<QueueSettings> = {}, deadLetters?: Queue): Queue {
  const name = deadLetters === undefined ? 'dead' : 'live';
  return new Queue({
    name,
    arn: ARN_PREFIX + name,
    settings: { ...initialSettings(), ...settings },
    findQueue: () => deadLetters,
    onReady: () => undefined,
  });
}

const receiveAll = (queue: Queue) => queue.receive({ countMax: 1_000 });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Queue', () => {
  it('hides a delivered message for its visibility timeout, then delivers it again', () => {
    const queue = makeQueue({ visibilityTimeoutSeconds: 30 });
    queue.send({ body: 'a' });
    expect(receiveAll(queue)).toMatchObject([{ body: 'a', receiveCount: 1 }]);
    vi.advanceTimersByTime(29_999);
    expect(receiveAll(queue)).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(receiveAll(queue)).toMatchObject([{ body: 'a', receiveCount: 2 }]);
  });

  it('keeps a delayed message back, and counts it as delayed', () => {
    const queue = makeQueue({ delaySeconds: 10 });
    queue.send({ body: 'late' });
    queue.send({ body: 'now', delayMs: 0 });
    expect(queue.counts()).toEqual({ ready: 1, inFlight: 0, delayed: 1 });
    expect(receiveAll(queue)).toMatchObject([{ body: 'now' }]);
    vi.advanceTimersByTime(10_000);
    expect(receiveAll(queue)).toMatchObject([{ body: 'late' }]);
  });

  it('moves a message to the dead-letter queue instead of a delivery too many', () => {
    const deadLetters = makeQueue();
    const redrive = { deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 2 };
    const queue = makeQueue({ visibilityTimeoutSeconds: 1, redrive }, deadLetters);
    const messageId = queue.send({ body: 'poison' });
    for (const receiveCount of [1, 2]) {
      expect(receiveAll(queue)).toMatchObject([{ receiveCount }]);
      vi.advanceTimersByTime(1_000);
    }
    expect(deadLetters.counts().ready).toBe(0);
    expect(receiveAll(queue)).toEqual([]);
    expect(receiveAll(deadLetters)).toMatchObject([
      { messageId, body: 'poison', deadLetterSourceArn: queue.arn, receiveCount: 3 },
    ]);
  });

  it('ignores an outdated receipt, and honours the last one after its time', () => {
    const queue = makeQueue({ visibilityTimeoutSeconds: 1 });
    queue.send({ body: 'a' });
    const [first] = receiveAll(queue);
    vi.advanceTimersByTime(1_000);
    const [second] = receiveAll(queue);
    vi.advanceTimersByTime(1_000);
    queue.delete(first!.receiptHandle);
    expect(queue.counts().ready).toBe(1);
    queue.delete(second!.receiptHandle);
    expect(queue.counts()).toEqual({ ready: 0, inFlight: 0, delayed: 0 });
    expect(() => queue.delete(second!.receiptHandle)).not.toThrow();
  });

  it.each(['', 'x', Buffer.from('other/1/1').toString('base64')])(
    'refuses the receipt %j, which it never gave out',
    (receipt) => {
      expect(() => makeQueue().delete(receipt)).toThrow(
        expect.objectContaining({ code: 'ReceiptHandleIsInvalid' }),
      );
    },
  );

  it('shortens and lengthens visibility, up to twelve hours from the delivery', () => {
    const queue = makeQueue();
    queue.send({ body: 'a' });
    const [message] = receiveAll(queue);
    queue.changeVisibility(message!.receiptHandle, 43_200);
    vi.advanceTimersByTime(1_000);
    expect(() => queue.changeVisibility(message!.receiptHandle, 43_200)).toThrow(
      /beyond the limit/,
    );
    queue.changeVisibility(message!.receiptHandle, 0);
    vi.advanceTimersByTime(1);
    expect(queue.counts().ready).toBe(1);
    expect(() => queue.changeVisibility(message!.receiptHandle, 1)).toThrow(
      expect.objectContaining({ code: 'MessageNotInflight' }),
    );
  });

  it('drops a message at the end of its retention', () => {
    const queue = makeQueue({ retentionSeconds: 60 });
    queue.send({ body: 'old' });
    vi.advanceTimersByTime(59_000);
    queue.send({ body: 'young' });
    vi.advanceTimersByTime(1_000);
    expect(receiveAll(queue)).toMatchObject([{ body: 'young' }]);
    expect(queue.counts()).toEqual({ ready: 0, inFlight: 1, delayed: 0 });
  });

  it('answers a long poll as soon as messages come, all of one turn at once', async () => {
    const queue = makeQueue();
    const polled = queue.receiveWaiting({ countMax: 10 }, 20_000);
    queue.send({ body: 'a' });
    queue.send({ body: 'b' });
    expect((await polled).map(({ body }) => body)).toEqual(['a', 'b']);
  });

  it('answers a long poll with nothing when its time is over', async () => {
    const polled = makeQueue().receiveWaiting({ countMax: 1 }, 1_000);
    vi.advanceTimersByTime(1_000);
    expect(await polled).toEqual([]);
  });

  it('serves waiting polls in the order they came', async () => {
    const queue = makeQueue();
    const polls = ['first', 'second'].map(() => queue.receiveWaiting({ countMax: 1 }, 20_000));
    queue.send({ body: 'a' });
    queue.send({ body: 'b' });
    const bodies = (await Promise.all(polls)).map(([message]) => message?.body);
    expect(bodies).toEqual(['a', 'b']);
  });

  it('leaves no timer and no poll behind when it closes', async () => {
    const queue = makeQueue({ delaySeconds: 5 });
    queue.send({ body: 'delayed' });
    const polled = queue.receiveWaiting({ countMax: 1 }, 20_000);
    queue.close();
    expect(await polled).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes no message over the byte bound, except as the only one', () => {
    const queue = makeQueue();
    for (const body of ['1234567890', '123', '45']) {
      queue.send({ body });
    }
    const limits = { countMax: 10, bytesMax: 5 };
    expect(queue.receive(limits)).toMatchObject([{ body: '1234567890' }]);
    expect(queue.receive(limits)).toMatchObject([{ body: '123' }, { body: '45' }]);
  });

  it('refuses a receive with 120,000 messages in flight', () => {
    vi.useRealTimers();
    const queue = makeQueue();
    for (let index = 0; index <= 120_000; index += 1) {
      queue.send({ body: 'm' });
    }
    queue.receive({ countMax: 120_000 });
    expect(() => receiveAll(queue)).toThrow(expect.objectContaining({ code: 'OverLimit' }));
    queue.close();
  });

  it('neither loses nor invents a message under any sequence of operations', () => {
    const step = fc.oneof(
      fc.constant((world: World) => world.send()),
      fc.integer({ min: 1, max: 10 }).map((countMax) => (world: World) => world.receive(countMax)),
      fc.nat().map((pick) => (world: World) => world.deleteOne(pick)),
      fc.integer({ min: 1, max: 3_000 }).map((ms) => () => vi.advanceTimersByTime(ms)),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = new World();
        for (const act of steps) {
          act(world);
          expect(world.messageCount()).toBe(world.alive.size);
        }
        world.queue.close();
        world.deadLetters.close();
      }),
    );
  });
});

/** A queue with its dead letters, and the messages that must be in one of them. */
class World {
  readonly deadLetters = makeQueue();
  readonly queue = makeQueue(
    {
      visibilityTimeoutSeconds: 2,
      redrive: { deadLetterTargetArn: this.deadLetters.arn, maxReceiveCount: 3 },
    },
    this.deadLetters,
  );
  readonly alive = new Set<string>();
  readonly #receipts = new Map<string, string>();

  send(): void {
    this.alive.add(this.queue.send({ body: 'm' }));
  }

  receive(countMax: number): void {
    for (const { messageId, receiptHandle } of this.queue.receive({ countMax })) {
      this.#receipts.set(messageId, receiptHandle);
    }
    for (const { messageId } of receiveAll(this.deadLetters)) {
      this.#receipts.delete(messageId);
    }
  }

  deleteOne(pick: number): void {
    const [messageId, receipt] = [...this.#receipts][pick % (this.#receipts.size || 1)] ?? [];
    if (messageId !== undefined && receipt !== undefined) {
      this.queue.delete(receipt);
      this.alive.delete(messageId);
      this.#receipts.delete(messageId);
    }
  }

  messageCount(): number {
    return [this.queue.counts(), this.deadLetters.counts()]
      .map(({ ready, inFlight }) => ready + inFlight)
      .reduce((sum, count) => sum + count);
  }
}
