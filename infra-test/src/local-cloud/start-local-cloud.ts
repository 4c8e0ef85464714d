import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CloudCounters, createRequestCounters } from './counters.ts';
import { type CredentialRegistry, createCredentialRegistry } from './credentials.ts';
import type { FaultRecord } from './fault-record.ts';
import { createFaultInjector, type FaultInjector, type FaultPlan } from './faults.ts';
import { type Front, startFront } from './front/front.ts';
import type { FrontRequest } from './front/front-options.ts';
import { createLambdaService, type LambdaService } from './lambda/index.ts';
import { makeFolder } from './make-folder.ts';
import { createS3Service, type S3Service } from './s3/s3-service.ts';
import { createSchedulerService, type SchedulerService } from './scheduler/index.ts';
import { createSqsService, type SqsService } from './sqs/index.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

/** The account that owns everything in the local cloud. */
const ACCOUNT_ID = '000000000000';

/** The key pair of whoever runs the cloud; functions get pairs of their own. */
const OPERATOR = {
  accessKeyId: 'AKIATRIBUTARYLOCAL00',
  secretAccessKey: 'tributary-local',
} as const;

/** How to start a local cloud. */
export interface LocalCloudOptions {
  /**
   * Port on the loopback interface; 0 for any free one.
   *
   * @default 0
   */
  readonly port?: number;
  /**
   * Where objects are kept; a cloud started on it later finds them again.
   *
   * @default A temporary directory, removed on close.
   */
  readonly dataDirectory?: string;
  /**
   * Where functions' output and the cloud's own errors are written.
   *
   * @default The subfolder `logs` of the data directory.
   */
  readonly logDirectory?: string;
  /** @default us-east-1 */
  readonly region?: string;
  /** Function processes at the same time, over all functions; at least 1. @default 8 */
  readonly processCountMax?: number;
  /** Milliseconds after which an idle function process is ended. @default 300,000 */
  readonly idleMs?: number;
  /** @default Nothing goes wrong. */
  readonly faults?: FaultPlan;
}

/** A running local cloud. */
export interface LocalCloud {
  /** `http://127.0.0.1:{port}`; serves every API. */
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly logDirectory: string;
  readonly s3: S3Service;
  readonly sqs: SqsService;
  readonly lambda: LambdaService;
  readonly scheduler: SchedulerService;
  /** The variables by which a process with an AWS SDK talks to this cloud. */
  environment(): Record<string, string>;
  /** Requests and bytes so far, by service and operation, and what services bill besides. */
  counters(): CloudCounters;
  /** Replaces the fault plan; its counts, record and random streams start anew. */
  setFaults(plan: FaultPlan | undefined): void;
  /** What went wrong under the plan in force. */
  faults(): FaultRecord;
  /** Ends everything: connections, timers, function processes. */
  close(): Promise<void>;
}

/**
 * Starts S3, SQS, Lambda and EventBridge Scheduler on one loopback endpoint.
 *
 * @throws Error `EADDRINUSE` when the port is taken.
 */
export async function startLocalCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  const region = options.region ?? 'us-east-1';
  const folders = prepareFolders(options);
  const faults = createFaultInjector(options.faults);
  const counters = createRequestCounters();
  const credentials = createCredentialRegistry();
  credentials.register(OPERATOR);

  let front: Front | undefined;
  const endpoint = (): string => front?.endpoint ?? '';
  const services = createServices(options, { region, endpoint, credentials, faults, folders });
  const { s3, sqs, lambda, scheduler } = services;
  front = await startFront({
    port: options.port ?? 0,
    region,
    credentials,
    faults,
    counters,
    s3,
    services: { sqs, lambda, scheduler },
    functions: lambda,
    onInternalError: (error, request) => logError(folders.logs, error, request),
  }).catch(async (error: unknown) => {
    await closeAll(services, undefined, folders);
    throw error;
  });

  return {
    endpoint: front.endpoint,
    region,
    accountId: ACCOUNT_ID,
    credentials: OPERATOR,
    logDirectory: folders.logs,
    ...services,
    environment: () => environmentOf(endpoint(), region),
    counters: () => ({ operations: counters.snapshot(), usage: usageOf(services) }),
    setFaults: (plan) => faults.setPlan(plan),
    faults: () => faults.recorder.snapshot(),
    close: () => closeAll(services, front, folders),
  };
}

interface Folders {
  readonly data: string;
  readonly logs: string;
  /** Does nothing where the data is to stay. */
  readonly removeTemporary: () => void;
}

interface Services {
  readonly s3: S3Service;
  readonly sqs: SqsService;
  readonly lambda: LambdaService;
  readonly scheduler: SchedulerService;
}

function prepareFolders(options: LocalCloudOptions): Folders {
  const { dataDirectory, logDirectory } = options;
  const folder =
    dataDirectory === undefined
      ? makeTemporaryFolder('tributary-cloud-')
      : { path: dataDirectory, remove: () => {} };
  const logs = logDirectory ?? join(folder.path, 'logs');
  makeFolder(logs);
  return { data: folder.path, logs, removeTemporary: () => folder.remove() };
}

function createServices(
  { processCountMax, idleMs }: LocalCloudOptions,
  shared: {
    region: string;
    endpoint: () => string;
    credentials: CredentialRegistry;
    faults: FaultInjector;
    folders: Folders;
  },
): Services {
  const { region, endpoint, credentials, faults, folders } = shared;
  const account = { region, accountId: ACCOUNT_ID, endpoint };
  const sqs = createSqsService(account);
  const lambda = createLambdaService({
    ...account,
    queues: sqs,
    credentials,
    logDirectory: folders.logs,
    processCountMax,
    idleMs,
  });
  return {
    s3: createS3Service({ dataDirectory: folders.data, region, queues: sqs, faults }),
    sqs,
    lambda,
    scheduler: createSchedulerService({ lambda }),
  };
}

function environmentOf(endpoint: string, region: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: OPERATOR.accessKeyId,
    AWS_SECRET_ACCESS_KEY: OPERATOR.secretAccessKey,
  };
}

function usageOf(services: Services): CloudCounters['usage'] {
  const { s3, sqs, lambda, scheduler } = services;
  return Object.fromEntries(
    Object.entries({ s3, sqs, lambda, scheduler }).map(([name, service]) => [
      name,
      service.usage?.() ?? {},
    ]),
  );
}

/** Schedules and functions end first, so that nothing new begins while the rest goes down. */
async function closeAll(
  services: Services,
  front: Front | undefined,
  folders: Folders,
): Promise<void> {
  await services.scheduler.close();
  await services.lambda.close();
  await front?.close();
  await services.s3.close();
  await services.sqs.close();
  folders.removeTemporary();
}

function logError(folder: string, error: unknown, request: FrontRequest): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const line = `${new Date().toISOString()} ${request.method} ${request.path}\n${text}\n`;
  appendFileSync(join(folder, 'cloud.log'), line);
}
