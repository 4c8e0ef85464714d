/**
 * What a deployment of a federation is, as data. The CDK constructs, the local deployment and the
 * functions read it, and a test compares what both deployments make of it.
 */
import { MODELS_PREFIX, UPDATES_PREFIX } from '../keys.ts';

/** The functions: a federation's two, and the workers for remote tensors. */
export type FunctionName = 'coordinator' | 'aggregator' | 'worker';

/** What a function may use unless its owner chooses otherwise. */
export interface FunctionLimits {
  /** In MB; 128 … 10,240. */
  readonly memoryMegabytes: number;
  /** At most 900. */
  readonly timeoutSeconds: number;
  /** Instances kept for it and not exceeded by it; undefined reserves none. */
  readonly reservedConcurrency: number | undefined;
}

/** How a queue's messages reach the aggregator. */
export interface QueueFeed {
  /** Maximum number of messages of one delivery. */
  readonly batchSize: number;
  /** Maximum wait for a fuller batch. */
  readonly windowSeconds: number;
  /** Maximum number of deliveries at the same time; at least 2. */
  readonly maximumConcurrency: number;
}

/** What scripts of allowed origins may send and read. */
export interface CrossOrigin {
  readonly methods: readonly ('GET' | 'POST' | 'PUT')[];
  readonly requestHeaders: readonly string[];
  readonly responseHeaders: readonly string[];
}

/** One statement about a bucket's objects. */
export interface ObjectAccess {
  /** Name of the statement. */
  readonly sid: string;
  readonly action: 's3:GetObject' | 's3:PutObject';
  /** Patterns of keys; a star stands for any characters, slashes included. */
  readonly keys: readonly string[];
}

/** What a function's role allows in the bucket. */
export interface BucketAccess {
  readonly objects: readonly ObjectAccess[];
  /** Prefixes that it lists; a star stands for any characters. */
  readonly lists: readonly string[];
}

/** See {@link DEPLOYMENT}. */
export interface Deployment {
  readonly runtime: string;
  readonly architecture: 'arm64' | 'x86_64';
  /** `file.export` within a function's package. */
  readonly handler: string;
  readonly functions: Readonly<Record<FunctionName, FunctionLimits>>;
  readonly pace: {
    /** Minimum time between two LISTs of one round in one instance, 0 … 900. */
    readonly collectIntervalSeconds: number;
    /** Time that a task is given before a sweep sends it again, in addition to what its bytes take. */
    readonly sweepPatienceSeconds: number;
  };
  readonly queues: {
    /** Visibility timeout, as a multiple of the aggregator's timeout. */
    readonly visibilityTimeouts: number;
    /** Deliveries of one message before it goes to the dead letters. */
    readonly receiveCountMax: number;
    readonly deadLetterRetentionSeconds: number;
    readonly feeds: { readonly hints: QueueFeed; readonly tasks: QueueFeed };
  };
  readonly sweep: {
    /** What the schedule sends to the aggregator. */
    readonly event: { readonly sweep: true };
    readonly intervalMinutes: number;
    /** Maximum age of a sweep that is still started. */
    readonly ageSecondsMax: number;
    /** Attempts to start it again, by the schedule. */
    readonly startRetries: number;
    /** Attempts to run it again after it failed, by Lambda. */
    readonly runRetries: number;
  };
  readonly crossOrigin: {
    /** Origins whose scripts may take part, unless its owner chooses. */
    readonly origins: readonly string[];
    readonly preflightSeconds: number;
    readonly bucket: CrossOrigin;
    readonly coordinatorUrl: CrossOrigin;
  };
  readonly bucket: {
    /** Uploads below it are events of the hint queue. */
    readonly eventPrefix: string;
    /** Prefixes whose objects expire. */
    readonly expiringPrefixes: readonly string[];
    readonly expirationDays: number;
    /** The one kind of object that is replaced; every other is written once. */
    readonly headPattern: string;
    /** What cannot be deleted: a plan and a head stay as the tombstone of a deleted model. */
    readonly keptPatterns: readonly string[];
  };
  readonly access: Readonly<Record<'coordinator' | 'aggregator', BucketAccess>>;
}

const HEAD_PATTERN = 'models/*/head.json';

/** A federation's deployment, with the defaults of everything that its owner may choose. */
export const DEPLOYMENT: Deployment = {
  runtime: 'nodejs22.x',
  architecture: 'arm64',
  handler: 'index.handler',
  functions: {
    coordinator: {
      memoryMegabytes: 512,
      timeoutSeconds: 30,
      reservedConcurrency: 50,
    },
    aggregator: {
      memoryMegabytes: 1_024,
      timeoutSeconds: 900,
      // Both feeds below and one sweep.
      reservedConcurrency: 10,
    },
    // A batch may hold 512 MB of tensors.
    worker: {
      memoryMegabytes: 2_048,
      timeoutSeconds: 300,
      reservedConcurrency: undefined,
    },
  },
  pace: {
    collectIntervalSeconds: 2,
    sweepPatienceSeconds: 30,
  },
  queues: {
    // AWS's advice, so that a batch that was throttled a few times is not delivered twice:
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    visibilityTimeouts: 6,
    // AWS advises at least five.
    receiveCountMax: 5,
    // Fourteen days, the maximum of SQS, so that a person sees every dead letter.
    deadLetterRetentionSeconds: 1_209_600,
    feeds: {
      // SQS allows 10,000; one LIST answers 1,000 keys. Batches above ten need a window of 1 s.
      hints: {
        batchSize: 1_000,
        windowSeconds: 1,
        maximumConcurrency: 2,
      },
      tasks: {
        batchSize: 1,
        windowSeconds: 0,
        maximumConcurrency: 7,
      },
    },
  },
  sweep: {
    event: { sweep: true },
    intervalMinutes: 1,
    // The minimum of Scheduler. The next sweep does what this one missed.
    ageSecondsMax: 60,
    startRetries: 2,
    runRetries: 0,
  },
  crossOrigin: {
    origins: [],
    preflightSeconds: 3_600,
    // Exactly the headers that slots and downloads are fetched with, and what devices read of answers.
    bucket: {
      methods: ['GET', 'PUT'],
      requestHeaders: [
        'content-type',
        'if-none-match',
        'x-amz-checksum-sha256',
        'x-amz-sdk-checksum-algorithm',
      ],
      responseHeaders: ['date', 'etag', 'retry-after'],
    },
    coordinatorUrl: {
      methods: ['GET', 'POST'],
      requestHeaders: ['authorization', 'content-type'],
      responseHeaders: ['date', 'retry-after'],
    },
  },
  bucket: {
    eventPrefix: UPDATES_PREFIX,
    expiringPrefixes: [UPDATES_PREFIX, 'partials/', 'claims/'],
    expirationDays: 30,
    headPattern: HEAD_PATTERN,
    keptPatterns: ['rounds/*', 'models/*/plan.json', HEAD_PATTERN],
  },
  access: {
    // It reads models and rounds and never an update; a slot is its permission to write one.
    coordinator: {
      objects: [
        {
          sid: 'ReadModelsAndRounds',
          action: 's3:GetObject',
          keys: ['models/*/plan.json', HEAD_PATTERN, 'models/*/versions/*', 'rounds/*'],
        },
        {
          sid: 'CreateModelsAndRounds',
          action: 's3:PutObject',
          keys: [
            'models/*/plan.json',
            HEAD_PATTERN,
            'models/*/versions/0/*',
            'rounds/*/round.json',
            'rounds/*/close.json',
            'rounds/*/result.json',
          ],
        },
        {
          sid: 'GiveSlots',
          action: 's3:PutObject',
          keys: ['updates/*'],
        },
      ],
      lists: [MODELS_PREFIX, 'updates/*'],
    },
    // It writes everything of a round but plans and updates, and deletes nothing.
    aggregator: {
      objects: [
        {
          sid: 'ReadModelsRoundsAndUpdates',
          action: 's3:GetObject',
          keys: ['models/*', 'rounds/*', 'updates/*', 'partials/*', 'claims/*'],
        },
        {
          sid: 'WriteRoundsAndVersions',
          action: 's3:PutObject',
          keys: [
            HEAD_PATTERN,
            'models/*/versions/*',
            'models/*/state/*',
            'rounds/*/round.json',
            'rounds/*/close.json',
            'rounds/*/seals/*',
            'rounds/*/result.json',
            'partials/*',
            'claims/*',
          ],
        },
      ],
      lists: [MODELS_PREFIX, 'updates/*', 'partials/*'],
    },
  },
};

/** The keys of one worker for remote tensors; its role reads, writes and lists nothing else. */
export function workerAccess(worker: string): BucketAccess {
  const keys = [`workers/${worker}/*`];
  return {
    objects: [
      { sid: 'ReadOwnObjects', action: 's3:GetObject', keys },
      { sid: 'WriteOwnObjects', action: 's3:PutObject', keys },
    ],
    lists: [`workers/${worker}/objects/*`],
  };
}

/** Seconds that a delivered message stays invisible, for an aggregator of that timeout. */
export function visibilitySeconds(aggregatorTimeoutSeconds: number): number {
  return aggregatorTimeoutSeconds * DEPLOYMENT.queues.visibilityTimeouts;
}

/** The schedule expression of an interval; EventBridge wants the singular for one minute. */
export function rateExpression(minutes: number): string {
  return minutes === 1 ? 'rate(1 minute)' : `rate(${minutes} minutes)`;
}
