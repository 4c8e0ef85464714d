import { describe, expect, it } from 'vitest';
import { RequestCounter } from '../../../src/local-cloud/sqs/request-counter.ts';

describe('RequestCounter', () => {
  it('bills one request for each begun 64 KiB, and at least one', () => {
    const counter = new RequestCounter();
    for (const payloadBytes of [0, 1, 65_536, 65_537, 1_048_576]) {
      counter.add('SendMessage', payloadBytes);
    }
    counter.add('DeleteMessage', 0);
    expect(counter.snapshot()).toEqual({
      requests: 1 + 1 + 1 + 2 + 16 + 1,
      byOperation: { SendMessage: 21, DeleteMessage: 1 },
    });
  });
});
