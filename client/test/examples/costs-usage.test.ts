import type { CloudCounters } from '@tributary/infra-test/local-cloud';
import { expect, test } from 'vitest';
import { usageBetween } from '../../examples/digits/costs-usage.ts';

const count = (requestCount: number, egressBytes = 0, bytesOut = egressBytes) => ({
  requestCount,
  errorCount: 0,
  bytesIn: 0,
  bytesOut,
  egressBytes,
});

test('usage is the difference of two readings, by price', () => {
  const usage = (n: number) => ({
    s3: {},
    sqs: { requests: 2 * n },
    // This machine's own seconds, which say what else it does.
    lambda: { invocations: 3 * n, gigabyteSeconds: 1_000 * n },
    scheduler: { invocations: n },
  });
  const before: CloudCounters = {
    operations: { s3: { GetObject: count(1, 100) } },
    usage: usage(1),
  };
  const after: CloudCounters = {
    operations: {
      s3: {
        GetObject: count(11, 1_100, 150_001_100),
        HeadObject: count(4),
        PutObject: count(5),
        ListObjectsV2: count(6),
        DeleteObject: count(7),
      },
      lambda: { FunctionUrl: count(8, 50) },
    },
    usage: usage(3),
  };
  expect(usageBetween(before, after)).toEqual({
    s3Writes: 11,
    s3Reads: 14,
    sqsRequests: 4,
    lambdaInvocations: 6,
    // 6 invocations of 20 ms, 25 requests of 30 ms, 150 MB of 75 MB/s.
    lambdaGigabyteSeconds: expect.closeTo(0.12 + 0.75 + 2, 4),
    schedulerInvocations: 2,
    egressBytes: 1_050,
  });
});

test('a unit that the cloud does not count is an error, not free', () => {
  const none: CloudCounters = { operations: {}, usage: {} };
  expect(() => usageBetween(none, none)).toThrow('counts no requests of sqs');
});
