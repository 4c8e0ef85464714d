import type { CloudCounters } from '@tributary/infra-test/local-cloud';
import type { Usage } from './costs.ts';

/** S3 operations in the dearer request class. */
const S3_WRITES: readonly string[] = ['PutObject', 'ListObjectsV2'];

/** S3 operations in the cheaper one; DELETE is free and settings are no part of a round. */
const S3_READS: readonly string[] = ['GetObject', 'HeadObject'];

/** What functions are planned with, on AWS: this machine's own seconds would say what else it is doing. */
const MODEL = {
  /** Until the first byte of an S3 request's answer, in seconds. */
  requestSeconds: 0.03,
  /** That a function of 512 MB reads from S3. */
  bytesPerSecond: 75e6,
  /** Of an invocation that only answers, in seconds. */
  invocationSeconds: 0.02,
  /** Memory of the largest function. */
  gigabytes: 1,
} as const;

/** What was used between two readings of the local cloud's counters. */
export function usageBetween(before: CloudCounters, after: CloudCounters): Usage {
  const difference = (read: (counters: CloudCounters) => number) => read(after) - read(before);
  const counted = {
    s3Writes: difference((counters) => requests(counters, S3_WRITES)),
    s3Reads: difference((counters) => requests(counters, S3_READS)),
    sqsRequests: difference((counters) => billed(counters, 'sqs', 'requests')),
    lambdaInvocations: difference((counters) => billed(counters, 'lambda', 'invocations')),
    schedulerInvocations: difference((counters) => billed(counters, 'scheduler', 'invocations')),
    egressBytes: difference(egress),
  };
  const bytesRead = difference(bytesFromS3) - counted.egressBytes;
  return { ...counted, lambdaGigabyteSeconds: gigabyteSeconds(counted, bytesRead) };
}

/** One request after the other, so rather too much than too little. */
function gigabyteSeconds(counted: Omit<Usage, 'lambdaGigabyteSeconds'>, bytesRead: number): number {
  const { requestSeconds, bytesPerSecond, invocationSeconds, gigabytes } = MODEL;
  const seconds =
    counted.lambdaInvocations * invocationSeconds +
    (counted.s3Reads + counted.s3Writes) * requestSeconds +
    Math.max(0, bytesRead) / bytesPerSecond;
  return seconds * gigabytes;
}

function bytesFromS3({ operations }: CloudCounters): number {
  return Object.values(operations['s3'] ?? {}).reduce((sum, { bytesOut }) => sum + bytesOut, 0);
}

function requests({ operations }: CloudCounters, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + (operations['s3']?.[name]?.requestCount ?? 0), 0);
}

/** @throws Error when the cloud doesn't count the unit: a cost of zero would be a lie. */
function billed({ usage }: CloudCounters, service: string, unit: string): number {
  const value = usage[service]?.[unit];
  if (value === undefined) throw new Error(`The local cloud counts no ${unit} of ${service}`);
  return value;
}

function egress({ operations }: CloudCounters): number {
  return Object.values(operations)
    .flatMap((byOperation) => Object.values(byOperation))
    .reduce((sum, { egressBytes }) => sum + egressBytes, 0);
}
