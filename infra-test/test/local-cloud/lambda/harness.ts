import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { zipStored } from '../../../src/deployment/zip.ts';
import type { Credential } from '../../../src/local-cloud/credentials.ts';
import {
  createLambdaService,
  type LambdaServiceOptions,
} from '../../../src/local-cloud/lambda/index.ts';
import type { CloudRequest, CloudResponse } from '../../../src/local-cloud/service.ts';
import { createSqsService } from '../../../src/local-cloud/sqs/index.ts';

const account = { region: 'us-east-1', accountId: '000000000000', endpoint: () => 'http://cloud' };

/** A request as the front hands it on. */
export function requestOf(
  method: string,
  target: string,
  options: RequestOptions = {},
): CloudRequest {
  const [path = '', query = ''] = target.split('?');
  return {
    requestId: 'request-1',
    method,
    path,
    query: new URLSearchParams(query),
    rawQuery: query,
    headers: options.headers ?? {},
    body: Readable.from([Buffer.from(options.body ?? '')], { objectMode: false }),
    sessionToken: undefined,
  };
}

/** What a request has beside method and target. */
export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A deployment package whose `index.mjs` is the source given. */
function packageOf(source: string): Uint8Array {
  return zipStored([{ name: 'index.mjs', data: Buffer.from(source) }]);
}

/** Lambda and SQS without the HTTP front. */
export function startServices(options: Partial<LambdaServiceOptions> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'lambda-test-'));
  const credentials = new Map<string, Credential>();
  const sqs = createSqsService(account);
  const lambda = createLambdaService({
    ...account,
    queues: sqs,
    credentials: {
      register: (credential) => credentials.set(credential.accessKeyId, credential),
      unregister: (accessKeyId) => credentials.delete(accessKeyId),
    },
    logDirectory: directory,
    ...options,
  });
  const call = (method: string, target: string, body: object = {}) =>
    lambda.handle(requestOf(method, target, { body: JSON.stringify(body) }));
  return {
    ...{ sqs, lambda, credentials, call },
    /** Creates a function and answers its ARN. */
    async create(FunctionName: string, source: string, settings: object = {}): Promise<string> {
      const response = await call('POST', '/2015-03-31/functions', {
        ...{ FunctionName, Runtime: 'nodejs22.x', Role: 'role', Handler: 'index.handler' },
        Code: { ZipFile: Buffer.from(packageOf(source)).toString('base64') },
        ...settings,
      });
      return bodyOf(response).FunctionArn;
    },
    async invoke(name: string, payload: unknown = {}): Promise<InvokeResult> {
      const target = `/2015-03-31/functions/${name}/invocations`;
      const response = await lambda.handle(
        requestOf('POST', target, { body: JSON.stringify(payload) }),
      );
      return {
        status: response.status,
        error: response.headers['x-amz-function-error'],
        payload: bodyOf(response),
      };
    },
    /** A function's log so far. */
    log(name: string): string {
      const path = join(directory, `${name}.log`);
      return existsSync(path) ? readFileSync(path, 'utf8') : '';
    },
    async close(): Promise<void> {
      await lambda.close();
      await sqs.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** Outcome of a synchronous invocation. */
export interface InvokeResult {
  readonly status: number;
  readonly error: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the function under test returns
  readonly payload: any;
}

/** The JSON of an answer. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the API under test answers
export function bodyOf(response: CloudResponse): any {
  return JSON.parse(String(response.body));
}

/** Waits until the condition holds; the test's own timeout is the bound. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
