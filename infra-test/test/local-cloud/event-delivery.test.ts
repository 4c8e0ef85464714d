import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createEventDelivery } from '../../src/local-cloud/event-delivery.ts';
import type { EventRecord } from '../../src/local-cloud/fault-record.ts';
import { createFaultInjector, type EventFaults } from '../../src/local-cloud/faults.ts';

const EVENT_COUNT = 400;

interface Sent {
  readonly body: number;
  readonly delayMs: number;
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function deliverAll(events: EventFaults, seed = 7): Sent[] {
  return deliverRecorded(events, seed).sent;
}

function deliverRecorded(
  events: EventFaults,
  seed = 7,
): { readonly sent: Sent[]; readonly record: EventRecord } {
  const sent: Sent[] = [];
  const queues = {
    sendToArn: (_arn: string, body: string, options?: { delayMs?: number }) => {
      sent.push({ body: Number(body), delayMs: options?.delayMs ?? 0 });
    },
  };
  const faults = createFaultInjector({ seed, events });
  const delivery = createEventDelivery(queues, faults);
  for (let event = 0; event < EVENT_COUNT; event += 1) delivery.deliver('arn', String(event));
  vi.runAllTimers();
  return { sent, record: faults.recorder.snapshot().events };
}

const inOrder = Array.from({ length: EVENT_COUNT }, (_, event) => event);

test('without faults every event is delivered once, in order, at once', () => {
  expect(deliverAll({})).toEqual(inOrder.map((body) => ({ body, delayMs: 0 })));
});

test('every event doubled is every event twice', () => {
  const bodies = deliverAll({ duplicateRate: 1 }).map(({ body }) => body);
  expect(bodies).toEqual(inOrder.flatMap((event) => [event, event]));
});

test('every event dropped is none', () => {
  expect(deliverAll({ dropRate: 1, duplicateRate: 1 })).toEqual([]);
});

test('reordering loses and doubles nothing', () => {
  const bodies = deliverAll({ reorder: true }).map(({ body }) => body);
  expect(bodies).not.toEqual(inOrder);
  expect(bodies.toSorted((a, b) => a - b)).toEqual(inOrder);
});

test('delays keep to their range and differ', () => {
  const delays = deliverAll({ delayMs: [50, 400] }).map(({ delayMs }) => delayMs);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(50);
  expect(Math.max(...delays)).toBeLessThanOrEqual(400);
  expect(new Set(delays).size).toBeGreaterThan(100);
});

describe('the record', () => {
  const calm = { arisen: EVENT_COUNT, dropped: 0, doubled: 0, delayed: 0, overtaken: 0 };

  test.each([
    ['nothing', {}, calm],
    ['every event doubled', { duplicateRate: 1 }, { ...calm, doubled: EVENT_COUNT }],
    ['every event dropped', { dropRate: 1 }, { ...calm, dropped: EVENT_COUNT }],
    ['every delivery late alike', { delayMs: [5, 5] }, { ...calm, delayed: EVENT_COUNT }],
  ] as const)('of a plan with %s says so', (_, events, record) => {
    expect(deliverRecorded(events).record).toEqual(record);
  });

  test('counts every delivery that a younger one overtook', () => {
    const { sent, record } = deliverRecorded({ reorder: true });
    const overtaken = sent.filter(({ body }, at) =>
      sent.slice(0, at).some((earlier) => earlier.body > body),
    );
    expect(overtaken.length).toBeGreaterThan(EVENT_COUNT / 10);
    expect(record).toEqual({ ...calm, overtaken: overtaken.length });
  });

  test('counts what overtakes on the way because its delay is shorter', () => {
    expect(deliverRecorded({ delayMs: [1, 500] }).record.overtaken).toBeGreaterThan(
      EVENT_COUNT / 10,
    );
  });
});

test('all at once, the same seed gives the same deliveries and another seed others', () => {
  const faults = { duplicateRate: 0.2, dropRate: 0.2, delayMs: [0, 90], reorder: true } as const;
  expect(deliverAll(faults, 1)).toEqual(deliverAll(faults, 1));
  expect(deliverAll(faults, 1)).not.toEqual(deliverAll(faults, 2));
});

test('what is held back is delivered when the plan changes, and on flush', () => {
  const sent: string[] = [];
  const faults = createFaultInjector({ seed: 1, events: { reorder: true } });
  const delivery = createEventDelivery({ sendToArn: (_arn, body) => sent.push(body) }, faults);
  delivery.deliver('arn', 'held');
  expect(sent).toEqual([]);
  faults.setPlan(undefined);
  delivery.deliver('arn', 'next');
  expect(sent).toEqual(['held', 'next']);
  faults.setPlan({ seed: 1, events: { reorder: true } });
  delivery.deliver('arn', 'held again');
  delivery.flush();
  expect(sent).toEqual(['held', 'next', 'held again']);
  expect(vi.getTimerCount()).toBe(0);
});

test('an event for a queue that is gone is dropped with a warning, a test message is refused', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const queues = {
    sendToArn: () => {
      throw new Error('No such queue');
    },
  };
  const delivery = createEventDelivery(queues, createFaultInjector());
  delivery.deliver('arn:gone', 'lost');
  expect(warn).toHaveBeenCalledOnce();
  expect(() => delivery.deliverTest('arn:gone', 'test')).toThrowError(
    expect.objectContaining({ code: 'InvalidArgument' }),
  );
  warn.mockRestore();
});
