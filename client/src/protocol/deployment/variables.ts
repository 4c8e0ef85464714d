/** The environment of the functions: deployments write it, functions read it. */

/** How devices' tokens are checked: `cognito` accepts access tokens without `aud`, by their `client_id`. */
export type TokenMode = 'audience' | 'cognito';

/** Names of the environment variables, by what they hold. */
export const VARIABLES = {
  bucket: 'TRIBUTARY_BUCKET',
  taskQueueUrl: 'TRIBUTARY_TASK_QUEUE_URL',
  secret: 'TRIBUTARY_SECRET',
  issuer: 'TRIBUTARY_ISSUER',
  audience: 'TRIBUTARY_AUDIENCE',
  jwksUrl: 'TRIBUTARY_JWKS_URL',
  tokenMode: 'TRIBUTARY_TOKEN_MODE',
  aggregatorMegabytes: 'TRIBUTARY_AGGREGATOR_MEMORY_MB',
  collectIntervalSeconds: 'TRIBUTARY_COLLECT_INTERVAL_SECONDS',
  sweepPatienceSeconds: 'TRIBUTARY_SWEEP_PATIENCE_SECONDS',
  worker: 'TRIBUTARY_WORKER',
  accelerator: 'TRIBUTARY_ACCELERATOR',
} as const;

/** What a variable holds. */
export type VariableName = keyof typeof VARIABLES;

/** Values of some variables, by what they hold; numbers are written in decimal. */
export type VariableValues<Name extends VariableName> = Readonly<Record<Name, string | number>>;

/** What callers' tokens are checked with, and their pseudonyms made. */
export type IdentityVariable = 'secret' | 'issuer' | 'audience' | 'jwksUrl' | 'tokenMode';

/** What the coordinator is given. */
export type CoordinatorVariable =
  | 'bucket'
  | 'taskQueueUrl'
  | 'aggregatorMegabytes'
  | IdentityVariable;

/** What the aggregator is given: no secret, because it checks no token and makes no pseudonym. */
export type AggregatorVariable =
  | 'bucket'
  | 'taskQueueUrl'
  | 'collectIntervalSeconds'
  | 'sweepPatienceSeconds';

/** What a worker for remote tensors is given. */
export type WorkerVariable = 'bucket' | 'worker' | IdentityVariable;

/** Makes a function's environment of values by what they hold. */
export function environmentOf<Name extends VariableName>(
  values: VariableValues<Name>,
): Record<string, string> {
  const entries = Object.entries<string | number>(values);
  return Object.fromEntries(
    entries.map(([name, value]) => [VARIABLES[name as Name], String(value)]),
  );
}
