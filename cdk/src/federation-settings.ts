import { DEPLOYMENT, type FunctionLimits } from '@tributary/client/deployment';
import { DEADLINE_SECONDS_MAX, DeploymentError } from '@tributary/client/protocol';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { AggregatorSettings, FederationProps, FunctionSettings } from './federation-props.ts';

/** {@link FunctionSettings} with every default in its place. */
export interface ResolvedFunctionSettings
  extends Required<Omit<FunctionSettings, 'reservedConcurrency'>> {
  /** Undefined reserves none. */
  readonly reservedConcurrency: number | undefined;
}

/** {@link AggregatorSettings} with every default in its place. */
export type ResolvedAggregatorSettings = ResolvedFunctionSettings &
  Required<Omit<AggregatorSettings, keyof FunctionSettings>>;

/** {@link FederationProps} with every default in its place. */
export interface FederationSettings
  extends Pick<
    FederationProps,
    'secretVersion' | 'encryptionKey' | 'accessLogsBucket' | 'bucketName' | 'alarmTopic'
  > {
  readonly allowedOrigins: readonly string[];
  readonly uploadRetention: Duration;
  readonly removalPolicy: RemovalPolicy;
  readonly tlsOnly: boolean;
  readonly logRetention: RetentionDays;
  readonly tracing: boolean;
  readonly sweepInterval: Duration;
  readonly coordinator: ResolvedFunctionSettings;
  readonly aggregator: ResolvedAggregatorSettings;
}

/** Fewest days updates are kept: twice the longest collection, so that no running round loses any. */
const RETENTION_DAYS_MIN: number = (2 * DEADLINE_SECONDS_MAX) / 86_400;

/** Instances the sweep needs besides those of the queues. */
const SWEEP_CONCURRENCY = 1;

/**
 * Fills in what was left out.
 *
 * @throws {@link DeploymentError} `concurrency-too-low`, `upload-retention`, `sweep-interval`
 */
export function resolveSettings(props: FederationProps): FederationSettings {
  const settings: FederationSettings = {
    ...props,
    allowedOrigins: props.allowedOrigins ?? DEPLOYMENT.crossOrigin.origins,
    uploadRetention: props.uploadRetention ?? Duration.days(DEPLOYMENT.bucket.expirationDays),
    removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    tlsOnly: props.tlsOnly ?? true,
    logRetention: props.logRetention ?? RetentionDays.THREE_MONTHS,
    tracing: props.tracing ?? false,
    sweepInterval: props.sweepInterval ?? Duration.minutes(DEPLOYMENT.sweep.intervalMinutes),
    coordinator: resolveFunction(props.coordinator, DEPLOYMENT.functions.coordinator),
    aggregator: resolveAggregator(props.aggregator ?? {}),
  };
  checkConcurrency(settings.aggregator);
  checkRetention(settings.uploadRetention);
  checkSweepInterval(settings.sweepInterval);
  return settings;
}

function resolveFunction(
  given: FunctionSettings = {},
  defaults: FunctionLimits,
): ResolvedFunctionSettings {
  const reserved = given.reservedConcurrency ?? defaults.reservedConcurrency;
  return {
    memorySize: given.memorySize ?? defaults.memoryMegabytes,
    timeout: given.timeout ?? Duration.seconds(defaults.timeoutSeconds),
    reservedConcurrency: reserved === 0 ? undefined : reserved,
  };
}

function resolveAggregator(given: AggregatorSettings): ResolvedAggregatorSettings {
  const { pace, functions, queues } = DEPLOYMENT;
  const { hints, tasks } = queues.feeds;
  return {
    ...resolveFunction(given, functions.aggregator),
    hintConcurrency: given.hintConcurrency ?? hints.maximumConcurrency,
    taskConcurrency: given.taskConcurrency ?? tasks.maximumConcurrency,
    hintWindow: given.hintWindow ?? Duration.seconds(hints.windowSeconds),
    collectInterval: given.collectInterval ?? Duration.seconds(pace.collectIntervalSeconds),
    sweepPatience: given.sweepPatience ?? Duration.seconds(pace.sweepPatienceSeconds),
  };
}

/** Deliveries beyond the reserved concurrency are throttled, and after five of those a message is dead. */
function checkConcurrency(settings: ResolvedAggregatorSettings): void {
  const { hintConcurrency, taskConcurrency, reservedConcurrency } = settings;
  const needed = hintConcurrency + taskConcurrency + SWEEP_CONCURRENCY;
  if (reservedConcurrency === undefined || needed <= reservedConcurrency) return;
  throw new DeploymentError(
    `Aggregator has reservedConcurrency ${reservedConcurrency}, but hintConcurrency ${hintConcurrency}, taskConcurrency ${taskConcurrency} and ${SWEEP_CONCURRENCY} sweep need ${needed}; reserve more or lower those`,
    { code: 'concurrency-too-low', detail: { reservedConcurrency, needed } },
  );
}

function checkRetention(retention: Duration): void {
  const days = retention.toDays({ integral: false });
  if (Number.isInteger(days) && days >= RETENTION_DAYS_MIN) return;
  throw new DeploymentError(
    `Upload retention is ${days} days, expected whole days, at least ${RETENTION_DAYS_MIN}, because a round may collect for ${RETENTION_DAYS_MIN / 2}`,
    { code: 'upload-retention', detail: { days } },
  );
}

/** EventBridge knows no fractions of a minute. */
function checkSweepInterval(interval: Duration): void {
  const seconds = interval.toSeconds({ integral: false });
  if (seconds >= 60 && Number.isInteger(seconds / 60)) return;
  throw new DeploymentError(
    `Sweep interval is ${seconds} seconds, schedules run at whole minutes; choose 1 minute or more`,
    { code: 'sweep-interval', detail: { seconds } },
  );
}
