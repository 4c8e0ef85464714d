import { randomBytes } from 'node:crypto';
import { DeploymentError } from '@tributary/client/protocol';
import { logOf } from '../log.ts';
import { Records } from '../records/records.ts';
import { SealOutlines } from '../records/seal-outlines.ts';
import { readAggregatorSettings } from '../settings.ts';
import { HeaderCache } from '../steps/read-headers.ts';
import { createS3Client, S3ObjectStore } from '../storage/s3-object-store.ts';
import { createSqsClient, SqsTaskQueue } from '../storage/task-queue.ts';
import { Aggregator } from './aggregator.ts';
import { CollectThrottle } from './collect-throttle.ts';
import { type AggregatorAnswer, parseEvent } from './events.ts';

const log = logOf('aggregator');
let warm: Aggregator | undefined;

const EVENT_UNKNOWN = {
  code: 'event-unknown',
  message:
    'Event is neither a batch of SQS messages nor { "sweep": true }; connect the aggregator to its queues and its schedule only',
} as const;

/**
 * Runs what S3's events, the task queue and the schedule ask for.
 *
 * @throws {@link DeploymentError} `event-unknown` for records that are no SQS messages: any answer
 * would be taken for success, and the records for done.
 */
export async function handler(event: unknown): Promise<AggregatorAnswer> {
  const parsed = parseEvent(event);
  if (parsed.kind === 'unknown') {
    log({ level: 'error', event: 'event-unknown' });
    const { code, message } = EVENT_UNKNOWN;
    if (parsed.isBatch) throw new DeploymentError(message, { code });
    return { error: { code, message } };
  }
  warm ??= createAggregator();
  return parsed.kind === 'sweep' ? warm.sweep() : warm.batch(parsed.messages);
}

function createAggregator(): Aggregator {
  const settings = readAggregatorSettings(process.env);
  const store = new S3ObjectStore({ client: createS3Client(), bucket: settings.bucket });
  const records = new Records(store);
  return new Aggregator({
    context: {
      records,
      headers: new HeaderCache(),
      seals: new SealOutlines(records),
      now: Date.now,
      newId: () => randomBytes(16).toString('hex'),
      log,
      patienceMs: settings.sweepPatienceSeconds * 1000,
    },
    tasks: new SqsTaskQueue({ client: createSqsClient(), queueUrl: settings.taskQueueUrl }),
    throttle: new CollectThrottle(settings.collectIntervalSeconds * 1000),
  });
}
