import { randomBytes } from 'node:crypto';
import { type CoordinatorKeys, deriveKeys } from '../identity/derive-keys.ts';
import { createRemoteKeys } from '../identity/remote-keys.ts';
import { createTokenVerifier, type TokenVerifier } from '../identity/token-verifier.ts';
import type { Log } from '../log.ts';
import { Records } from '../records/records.ts';
import { type Environment, readCoordinatorSettings } from '../settings.ts';
import { type PresignedUrls, S3PresignedUrls } from '../storage/presigned-urls.ts';
import { createS3Client, S3ObjectStore } from '../storage/s3-object-store.ts';
import { createSqsClient, SqsTaskQueue, type TaskQueue } from '../storage/task-queue.ts';
import { SlotAllowance } from './device/slot-allowance.ts';

/** What the coordinator's routes and operations work with; clock and randomness come in. */
export interface Coordinator {
  readonly records: Records;
  readonly urls: PresignedUrls;
  readonly tasks: TaskQueue;
  readonly slots: SlotAllowance;
  readonly verifyToken: TokenVerifier;
  readonly keys: CoordinatorKeys;
  /** Memory of the aggregator, in MB. */
  readonly aggregatorMegabytes: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Uniform in [0, 1); for jitter only. */
  readonly random: () => number;
  /** A fresh random identifier, 32 hex digits. */
  readonly newId: () => string;
  readonly log: Log;
}

/** Puts the coordinator together from the environment. @throws `DeploymentError` */
export function createCoordinator(environment: Environment, log: Log): Coordinator {
  const settings = readCoordinatorSettings(environment);
  const { bucket, taskQueueUrl: queueUrl, issuer, audience } = settings;
  const client = createS3Client();
  const now = Date.now;
  return {
    records: new Records(new S3ObjectStore({ client, bucket })),
    urls: new S3PresignedUrls({ client, bucket }),
    tasks: new SqsTaskQueue({ client: createSqsClient(), queueUrl }),
    slots: new SlotAllowance(),
    verifyToken: createTokenVerifier({
      keys: createRemoteKeys({ url: settings.jwksUrl, now }),
      issuer,
      audience,
      mode: settings.tokenMode,
      now,
    }),
    keys: deriveKeys(settings.secret),
    aggregatorMegabytes: settings.aggregatorMegabytes,
    now,
    random: Math.random,
    newId: () => randomBytes(16).toString('hex'),
    log,
  };
}
