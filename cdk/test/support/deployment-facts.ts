/** What a deployment is, in the same words wherever it was read. */
import { DEPLOYMENT, type QueueFeed, rateExpression } from '@tributary/client/deployment';

/** One function. */
export interface FunctionFacts {
  readonly runtime: unknown;
  readonly architecture: unknown;
  readonly handler: unknown;
  readonly memoryMegabytes: unknown;
  readonly timeoutSeconds: unknown;
  readonly reservedConcurrency: unknown;
  /** Names, sorted. */
  readonly variables: readonly string[];
}

/** Rules of a bucket or a URL for scripts of other origins. */
export interface CorsFacts {
  readonly origins: unknown;
  readonly methods: unknown;
  readonly requestHeaders: unknown;
  readonly responseHeaders: unknown;
  readonly preflightSeconds: unknown;
}

/** A deployment of one federation with one worker. */
export interface DeploymentFacts {
  readonly coordinator: FunctionFacts;
  readonly aggregator: FunctionFacts;
  readonly worker: FunctionFacts;
  readonly pace: Readonly<Record<string, unknown>>;
  readonly queues: Readonly<Record<'hints' | 'tasks' | 'deadLetters', object>>;
  readonly feeds: Readonly<Record<'hints' | 'tasks', object>>;
  readonly uploadEvents: object;
  readonly sweep: { readonly expression: unknown; readonly event: unknown };
  readonly bucketCors: CorsFacts | undefined;
  readonly urlCors: CorsFacts | undefined;
}

const IDENTITY = ['AUDIENCE', 'ISSUER', 'JWKS_URL', 'SECRET', 'TOKEN_MODE'];

/** Variables of each function, written out: a name that changes is a change of every deployment. */
const VARIABLE_NAMES = {
  coordinator: ['AGGREGATOR_MEMORY_MB', 'BUCKET', 'TASK_QUEUE_URL', ...IDENTITY],
  aggregator: ['BUCKET', 'COLLECT_INTERVAL_SECONDS', 'SWEEP_PATIENCE_SECONDS', 'TASK_QUEUE_URL'],
  worker: ['BUCKET', 'WORKER', ...IDENTITY],
} as const;

/** What the description says, for origins that were chosen. */
export function describedFacts(origins: readonly string[]): DeploymentFacts {
  const { queues, pace, sweep, crossOrigin, bucket } = DEPLOYMENT;
  const fed = {
    visibilitySeconds: 6 * DEPLOYMENT.functions.aggregator.timeoutSeconds,
    receiveCountMax: queues.receiveCountMax,
  };
  const feedOf = (feed: QueueFeed) => ({ ...feed, reports: ['ReportBatchItemFailures'] });
  const corsOf = (rule: object): CorsFacts | undefined =>
    origins.length === 0
      ? undefined
      : { ...(rule as CorsFacts), origins, preflightSeconds: crossOrigin.preflightSeconds };
  return {
    coordinator: functionOf('coordinator'),
    aggregator: functionOf('aggregator'),
    worker: functionOf('worker'),
    pace: { ...pace },
    queues: {
      hints: fed,
      tasks: fed,
      deadLetters: { retentionSeconds: queues.deadLetterRetentionSeconds },
    },
    feeds: {
      hints: feedOf(queues.feeds.hints),
      tasks: feedOf(queues.feeds.tasks),
    },
    uploadEvents: { events: 's3:ObjectCreated:*', prefix: bucket.eventPrefix },
    sweep: { expression: rateExpression(sweep.intervalMinutes), event: sweep.event },
    bucketCors: corsOf(crossOrigin.bucket),
    urlCors: corsOf(crossOrigin.coordinatorUrl),
  };
}

function functionOf(name: keyof typeof VARIABLE_NAMES): FunctionFacts {
  const { runtime, architecture, handler, functions } = DEPLOYMENT;
  const variables = VARIABLE_NAMES[name].map((variable) => `TRIBUTARY_${variable}`).sort();
  return { runtime, architecture, handler, ...functions[name], variables };
}
