import { DEPLOYMENT } from '@tributary/client/deployment';
import { LOCAL_ORIGINS } from './local-differences.ts';

/** What a deployment may choose. */
export interface Tuning {
  /** Memory of the aggregator, in MB. @default 1024 */
  readonly aggregatorMemoryMegabytes: number;
  /** Minimum time between two LISTs of one round, in seconds, 0 … 900. @default 2 */
  readonly collectIntervalSeconds: number;
  /** Time a task is given before a sweep sends it again, in seconds, 0 … 900. @default 30 */
  readonly sweepPatienceSeconds: number;
  /** False leaves sweeping to the caller. @default true */
  readonly isSweepScheduled: boolean;
  /** Origins whose scripts may take part. @default ['*'] */
  readonly allowedOrigins: readonly string[];
}

/** Defaults of {@link Tuning}: what ships, but for what `localDifferences` names. */
export const TUNING_DEFAULTS: Tuning = {
  aggregatorMemoryMegabytes: DEPLOYMENT.functions.aggregator.memoryMegabytes,
  collectIntervalSeconds: DEPLOYMENT.pace.collectIntervalSeconds,
  sweepPatienceSeconds: DEPLOYMENT.pace.sweepPatienceSeconds,
  isSweepScheduled: true,
  allowedOrigins: LOCAL_ORIGINS,
};

/**
 * Choices of the end-to-end tests, here and on deployments: every event is followed at once, and what
 * was lost is asked for again a second later.
 */
export const TEST_PACE: Pick<Tuning, 'collectIntervalSeconds' | 'sweepPatienceSeconds'> = {
  collectIntervalSeconds: 0,
  sweepPatienceSeconds: 1,
};
