import {
  type Operation,
  type OutcomeAnswer,
  outcomeAnswerSchema,
  type Refusal,
  refusalSchema,
  type Task,
} from '@tributary/client/protocol';
import type { Coordinator } from '../../../src/coordinator/coordinator.ts';
import type { HttpReply } from '../../../src/coordinator/device/http.ts';
import { SlotAllowance } from '../../../src/coordinator/device/slot-allowance.ts';
import { dispatch } from '../../../src/coordinator/dispatch.ts';
import { deriveKeys } from '../../../src/identity/derive-keys.ts';
import { pseudonymOf } from '../../../src/identity/pseudonym.ts';
import { tokenRefused } from '../../../src/identity/token-refusal.ts';
import type { LogEvent } from '../../../src/log.ts';
import { Records } from '../../../src/records/records.ts';
import { S3PresignedUrls } from '../../../src/storage/presigned-urls.ts';
import { createS3Client } from '../../../src/storage/s3-object-store.ts';
import type { TaskQueue } from '../../../src/storage/task-queue.ts';
import { OPENED_AT } from '../../support/federation.ts';
import { MemoryObjectStore } from '../../support/memory-object-store.ts';

const ISSUER = 'https://issuer.example';

/** A task that was sent, with its delay in seconds. */
interface SentTask {
  readonly task: Task;
  readonly delaySeconds: number;
}

/** A coordinator on a memory store; a device's token is just `subject:<name>`. */
export interface TestCoordinator {
  readonly coordinator: Coordinator;
  readonly store: MemoryObjectStore;
  readonly records: Records;
  readonly clock: { now: number };
  readonly sent: SentTask[];
  readonly logged: LogEvent[];
  /** Tasks fail to be sent while set. */
  readonly queue: { error: Error | undefined };
  /** Pseudonym of a subject. */
  device(subject: string): string;
}

export function createTestCoordinator(store = new MemoryObjectStore()): TestCoordinator {
  // Signing is local, yet the SDK wants to know who signs and for where.
  process.env['AWS_REGION'] = 'eu-west-1';
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIDTEST';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'secret';
  const clock = { now: OPENED_AT };
  const sent: SentTask[] = [];
  const logged: LogEvent[] = [];
  const queue: { error: Error | undefined } = { error: undefined };
  const keys = deriveKeys(new TextEncoder().encode('a secret of at least 32 bytes, for tests'));
  let ids = 0;
  const records = new Records(store);
  const coordinator: Coordinator = {
    records,
    urls: new S3PresignedUrls({ client: createS3Client(), bucket: 'federation' }),
    tasks: recordingQueue(sent, queue),
    slots: new SlotAllowance(),
    verifyToken: async (authorization) => {
      const subject = /^Bearer subject:(.+)$/.exec(authorization ?? '')?.[1];
      if (subject === undefined) throw tokenRefused('token-missing');
      return { issuer: ISSUER, subject };
    },
    keys,
    aggregatorMegabytes: 1_024,
    now: () => clock.now,
    random: () => 0.5,
    newId: () => {
      ids += 1;
      return ids.toString(16).padStart(32, '0');
    },
    log: (event) => logged.push(event),
  };
  const device = (subject: string) => pseudonymOf(keys.pseudonym, { issuer: ISSUER, subject });
  return { coordinator, store, records, clock, sent, logged, queue, device };
}

function recordingQueue(sent: SentTask[], queue: { error: Error | undefined }): TaskQueue {
  const send = async (task: Task, delaySeconds = 0) => {
    if (queue.error !== undefined) throw queue.error;
    sent.push({ task, delaySeconds });
  };
  return {
    send,
    sendAll: async (tasks) => {
      for (const task of tasks) await send(task);
    },
  };
}

export interface Reply<T> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: T;
}

export interface DeviceRequest {
  readonly method?: string;
  /** From `/v1` on, with its query. */
  readonly path: string;
  /** `null` sends no token. */
  readonly subject?: string | null;
  readonly body?: unknown;
}

/** Sends a device's request the way a function URL does. */
export async function request<T = unknown>(
  { coordinator }: TestCoordinator,
  { method = 'POST', path, subject = 'device-1', body }: DeviceRequest,
): Promise<Reply<T>> {
  const [rawPath = '', rawQueryString = ''] = path.split('?');
  const event = {
    version: '2.0',
    rawPath,
    rawQueryString,
    headers: subject === null ? {} : { authorization: `Bearer subject:${subject}` },
    requestContext: { http: { method, path: rawPath } },
    isBase64Encoded: false,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  return replyTo(coordinator, event);
}

/** Gives the coordinator any function URL event. */
export async function replyTo<T = unknown>(
  coordinator: Coordinator,
  event: object,
): Promise<Reply<T>> {
  const answer = await dispatch(event, { provide: () => coordinator, log: coordinator.log });
  const { statusCode, headers, body } = answer as HttpReply;
  return { status: statusCode, headers, body: JSON.parse(body) as T };
}

/** The error of a refusal, whose form is checked. */
export function errorIn(body: unknown): Refusal['error'] {
  return refusalSchema.parse(body).error;
}

export async function outcome(
  test: TestCoordinator,
  path: string,
  subject?: string,
): Promise<OutcomeAnswer> {
  const reply = await request(test, {
    method: 'GET',
    path,
    ...(subject === undefined ? {} : { subject }),
  });
  if (reply.status !== 200) throw new Error(`Outcome answered ${JSON.stringify(reply.body)}`);
  return outcomeAnswerSchema.parse(reply.body);
}

/** Invokes an operation; a refusal comes back as its error. */
export async function operate<T>(
  { coordinator }: TestCoordinator,
  operation: Operation | object,
): Promise<T & Partial<Refusal>> {
  const answer = await dispatch(operation, {
    provide: () => coordinator,
    log: coordinator.log,
  });
  // Over the wire, as an invocation answers.
  return JSON.parse(JSON.stringify(answer)) as T & Partial<Refusal>;
}
