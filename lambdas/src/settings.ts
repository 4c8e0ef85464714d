/** The environment, read in one place and only when a function meets its first event. */
import { DEPLOYMENT, type TokenMode, VARIABLES } from '@tributary/client/deployment';
import { DeploymentError, isModelName, QUEUE_DELAY_SECONDS_MAX } from '@tributary/client/protocol';

/** Fewest bytes of the secret: below the 256 bits of the hash, guessing it is the cheapest attack. */
const SECRET_BYTES_MIN = 32;

/** What a function's memory may be, in MB (Lambda quotas). */
const FUNCTION_MEGABYTES = { min: 128, max: 10_240 } as const;

export type Environment = Readonly<Record<string, string | undefined>>;

/** What every function needs. */
export interface Settings {
  readonly bucket: string;
  readonly taskQueueUrl: string;
}

/** What the aggregator needs besides. */
export interface AggregatorSettings extends Settings {
  /** Shortest time between two LISTs of one round in one warm process, in seconds, 0 … 900. @default 2 */
  readonly collectIntervalSeconds: number;
  /**
   * Time a task is given before a sweep sends it again, besides what its bytes take, in seconds, 0 … 900.
   *
   * @default 30
   */
  readonly sweepPatienceSeconds: number;
}

/** What callers' tokens are checked with, and their pseudonyms made. */
export interface IdentitySettings {
  /** Root of the keys of pseudonyms and selection, at least 32 bytes. */
  readonly secret: Uint8Array;
  /** `iss` of every accepted token. */
  readonly issuer: string;
  /** `aud` of every accepted token; the client id in Cognito mode. */
  readonly audience: string;
  readonly jwksUrl: URL;
  /** @default 'audience' */
  readonly tokenMode: TokenMode;
}

/** What the coordinator needs besides. */
export interface CoordinatorSettings extends Settings, IdentitySettings {
  /** Memory of the aggregator, in MB, which a model has to fit; 128 … 10,240. @default 1,024 */
  readonly aggregatorMegabytes: number;
}

/** What a worker for remote tensors needs; no task queue. */
export interface WorkerSettings {
  readonly bucket: string;
  /** The worker's id, which its callers and its keys name it by. */
  readonly worker: string;
  /** Absent where IAM alone says who may call. */
  readonly identity: IdentitySettings | undefined;
  /** What heavy operations are computed with; TensorFlow's library is in container images alone. @default 'wasm' */
  readonly accelerator: 'wasm' | 'tensorflow';
}

/** Names the federation in logs and metrics, which must come to be whatever is missing. */
export function federationName(environment: Environment): string {
  return environment[VARIABLES.bucket] || 'unknown';
}

/** @throws {@link DeploymentError} `setting-missing` or `setting-malformed`, naming the variable. */
export function readSettings(environment: Environment): Settings {
  return {
    bucket: required(environment, VARIABLES.bucket),
    taskQueueUrl: urlOf(environment, VARIABLES.taskQueueUrl).href,
  };
}

/** @throws {@link DeploymentError} `setting-missing` or `setting-malformed`, naming the variable. */
export function readAggregatorSettings(environment: Environment): AggregatorSettings {
  const seconds = (name: keyof typeof DEPLOYMENT.pace): number =>
    secondsOf(environment, VARIABLES[name], DEPLOYMENT.pace[name]);
  return {
    ...readSettings(environment),
    collectIntervalSeconds: seconds('collectIntervalSeconds'),
    sweepPatienceSeconds: seconds('sweepPatienceSeconds'),
  };
}

/** At most what a queue can wait, which is also the longest life of an invocation. */
function secondsOf(environment: Environment, name: string, otherwise: number): number {
  const value = environment[name];
  const seconds = value === undefined ? otherwise : Number(value);
  if (value?.trim() !== '' && seconds >= 0 && seconds <= QUEUE_DELAY_SECONDS_MAX) return seconds;
  throw malformed(name, `a number of seconds, 0 to ${QUEUE_DELAY_SECONDS_MAX}`);
}

/** @throws {@link DeploymentError} `setting-missing` or `setting-malformed`, naming the variable. */
export function readCoordinatorSettings(environment: Environment): CoordinatorSettings {
  return {
    ...readSettings(environment),
    ...readIdentitySettings(environment),
    aggregatorMegabytes: megabytesOf(environment, VARIABLES.aggregatorMegabytes),
  };
}

/** @throws {@link DeploymentError} `setting-missing` or `setting-malformed`, naming the variable. */
export function readWorkerSettings(environment: Environment): WorkerSettings {
  const worker = required(environment, VARIABLES.worker);
  if (!isModelName(worker)) {
    throw malformed(VARIABLES.worker, '1 to 64 of A–Z a–z 0–9 . _ -, a letter or digit first');
  }
  const hasIdentity = environment[VARIABLES.issuer] !== undefined;
  return {
    bucket: required(environment, VARIABLES.bucket),
    worker,
    identity: hasIdentity ? readIdentitySettings(environment) : undefined,
    accelerator: acceleratorOf(environment, VARIABLES.accelerator),
  };
}

function readIdentitySettings(environment: Environment): IdentitySettings {
  return {
    secret: secretOf(environment, VARIABLES.secret),
    issuer: required(environment, VARIABLES.issuer),
    audience: required(environment, VARIABLES.audience),
    jwksUrl: keysUrlOf(environment, VARIABLES.jwksUrl),
    tokenMode: tokenModeOf(environment, VARIABLES.tokenMode),
  };
}

function required(environment: Environment, name: string): string {
  const value = environment[name];
  if (value !== undefined && value.trim() !== '') return value;
  throw new DeploymentError(
    `Environment variable ${name} is ${value === undefined ? 'missing' : 'empty'}; set it on the function and deploy again`,
    { code: 'setting-missing', detail: { variable: name } },
  );
}

function urlOf(environment: Environment, name: string): URL {
  const value = required(environment, name);
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw malformed(name, 'an http or https URL');
}

/** Keys fetched in the clear could be anybody's, so only a loopback address may do without TLS. */
function keysUrlOf(environment: Environment, name: string): URL {
  const url = urlOf(environment, name);
  const isLoopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url.protocol === 'https:' || isLoopback) return url;
  throw malformed(name, 'an https URL (http is for loopback only)');
}

function secretOf(environment: Environment, name: string): Uint8Array {
  const secret = new TextEncoder().encode(required(environment, name));
  if (secret.length >= SECRET_BYTES_MIN) return secret;
  throw malformed(name, `at least ${SECRET_BYTES_MIN} bytes, got ${secret.length}`);
}

function tokenModeOf(environment: Environment, name: string): TokenMode {
  const mode = environment[name] ?? 'audience';
  if (mode === 'audience' || mode === 'cognito') return mode;
  throw malformed(name, "'audience' or 'cognito'");
}

function acceleratorOf(environment: Environment, name: string): WorkerSettings['accelerator'] {
  const accelerator = environment[name] ?? 'wasm';
  if (accelerator === 'wasm' || accelerator === 'tensorflow') return accelerator;
  throw malformed(name, "'wasm' or 'tensorflow'");
}

function megabytesOf(environment: Environment, name: string): number {
  const megabytes = Number(environment[name] ?? DEPLOYMENT.functions.aggregator.memoryMegabytes);
  const { min, max } = FUNCTION_MEGABYTES;
  if (Number.isInteger(megabytes) && megabytes >= min && megabytes <= max) return megabytes;
  throw malformed(name, `the aggregator's memory in MB, ${min} to ${max}`);
}

/** Never shows the value: it may be a secret put under the wrong name. */
function malformed(name: string, expected: string): DeploymentError {
  return new DeploymentError(
    `Environment variable ${name} is malformed, expected ${expected}; correct it on the function and deploy again`,
    { code: 'setting-malformed', detail: { variable: name } },
  );
}
