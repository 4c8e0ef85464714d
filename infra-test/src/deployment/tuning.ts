/** What a deployment may choose; every default is what a deployment to AWS would start with. */
export interface Tuning {
  /** Memory of the coordinator, in MB. @default 512 */
  readonly coordinatorMemoryMegabytes: number;
  /** Timeout of the coordinator, in seconds. @default 30 */
  readonly coordinatorTimeoutSeconds: number;
  /** Memory of the aggregator, in MB. @default 1024 */
  readonly aggregatorMemoryMegabytes: number;
  /** Timeout of the aggregator and visibility timeout of its queues, in seconds; at most 900. @default 900 */
  readonly aggregatorTimeoutSeconds: number;
  /**
   * Longest wait for a fuller batch of upload events, in seconds. SQS batches above ten demand at
   * least 1.
   *
   * @default 1
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
   */
  readonly hintWindowSeconds: number;
  /** Shortest time between two LISTs of one round, in seconds, 0 … 900. @default 2 */
  readonly collectIntervalSeconds: number;
  /** Time a task is given before a sweep sends it again, in seconds, 0 … 900. @default 30 */
  readonly sweepPatienceSeconds: number;
  /** Most concurrent deliveries of each queue; at least 2. @default 4 */
  readonly maximumConcurrency: number;
  /** Deliveries of one message before it goes to the dead-letter queue. @default 5 */
  readonly maxReceiveCount: number;
  /** False leaves sweeping to the caller. @default true */
  readonly isSweepScheduled: boolean;
  /** Origins whose scripts may take part. @default ['*'] */
  readonly allowedOrigins: readonly string[];
}

/** Defaults of {@link Tuning}. */
export const TUNING_DEFAULTS: Tuning = {
  coordinatorMemoryMegabytes: 512,
  coordinatorTimeoutSeconds: 30,
  aggregatorMemoryMegabytes: 1024,
  aggregatorTimeoutSeconds: 900,
  hintWindowSeconds: 1,
  collectIntervalSeconds: 2,
  sweepPatienceSeconds: 30,
  maximumConcurrency: 4,
  maxReceiveCount: 5,
  isSweepScheduled: true,
  allowedOrigins: ['*'],
};
