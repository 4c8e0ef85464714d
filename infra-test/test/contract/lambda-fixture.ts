import { randomBytes } from 'node:crypto';
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  TooManyRequestsException,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type QueueAttributeName,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { zipStored } from '../../src/deployment/zip.ts';
import { type ContractEndpoint, openEndpoint } from './endpoint.ts';

/** Clients of Lambda and SQS, and shortcuts to what every test does. */
export interface LambdaFixture {
  readonly target: ContractEndpoint;
  readonly lambda: LambdaClient;
  readonly sqs: SQSClient;
  /** Creates a function of which `source` is the `index.mjs`; answers its name and ARN. */
  createFunction(
    source: string,
    settings?: Partial<CreateFunctionCommandInput>,
  ): Promise<{ name: string; arn: string }>;
  /** As `createFunction`, with one process at most, whose state tells what was invoked. */
  createSingle(source: string): Promise<{ name: string; arn: string }>;
  invoke(
    FunctionName: string,
    payload?: unknown,
    options?: Partial<InvokeCommandInput>,
  ): Promise<{
    readonly status: number | undefined;
    readonly error: string | undefined;
    // biome-ignore lint/suspicious/noExplicitAny: whatever the function under test returns
    readonly payload: any;
    readonly log: string;
  }>;
  createQueue(
    attributes?: Partial<Record<QueueAttributeName, string>>,
  ): Promise<{ url: string; arn: string; name: string }>;
  /** Messages on a queue, visible or not. */
  messageCount(queueUrl: string): Promise<number>;
  close(): Promise<void>;
}

export const uniqueName = (prefix: string): string => `${prefix}-${randomBytes(6).toString('hex')}`;

export async function openLambda(): Promise<LambdaFixture> {
  const target = await openEndpoint();
  const settings = { ...target.client, maxAttempts: 1 };
  const lambda = new LambdaClient(settings);
  const sqs = new SQSClient(settings);
  const createFunction: LambdaFixture['createFunction'] = async (source, input = {}) => {
    const name = uniqueName('contract');
    const { FunctionArn: arn = '' } = await lambda.send(
      new CreateFunctionCommand({
        ...{ FunctionName: name, Runtime: 'nodejs22.x', Handler: 'index.handler' },
        Role: target.roleArn,
        Code: { ZipFile: packageOf(source) },
        ...input,
      }),
    );
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName: name });
    return { name, arn };
  };
  return {
    ...{ target, lambda, sqs, createFunction },
    async createSingle(source) {
      const created = await createFunction(source);
      const reserve = { FunctionName: created.name, ReservedConcurrentExecutions: 1 };
      await lambda.send(new PutFunctionConcurrencyCommand(reserve));
      return created;
    },
    async invoke(FunctionName, payload = {}, options = {}) {
      const command = { FunctionName, Payload: JSON.stringify(payload), ...options };
      const answer = await lambda.send(new InvokeCommand(command));
      const text = answer.Payload?.transformToString() ?? '';
      return {
        status: answer.StatusCode,
        error: answer.FunctionError,
        payload: text === '' ? undefined : JSON.parse(text),
        log: Buffer.from(answer.LogResult ?? '', 'base64').toString(),
      };
    },
    async createQueue(attributes = {}) {
      const name = uniqueName('contract');
      const { QueueUrl: url = '' } = await sqs.send(
        new CreateQueueCommand({ QueueName: name, Attributes: attributes }),
      );
      return { url, name, arn: (await attributesOf(sqs, url)).QueueArn ?? '' };
    },
    async messageCount(queueUrl) {
      const attributes = await attributesOf(sqs, queueUrl);
      return (
        Number(attributes.ApproximateNumberOfMessages) +
        Number(attributes.ApproximateNumberOfMessagesNotVisible) +
        Number(attributes.ApproximateNumberOfMessagesDelayed)
      );
    },
    async close() {
      lambda.destroy();
      sqs.destroy();
      await target.close();
    },
  };
}

export function packageOf(source: string): Uint8Array {
  return zipStored([{ name: 'index.mjs', data: Buffer.from(source) }]);
}

export async function untilUpdated(lambda: LambdaClient, FunctionName: string): Promise<void> {
  await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 60 }, { FunctionName });
}

/**
 * Waits until a function answers as expected that keeps its state in the only process it may have;
 * to be refused while that one is busy is no answer.
 */
export async function untilAnswer(
  { invoke }: LambdaFixture,
  FunctionName: string,
  isExpected: (answer: unknown) => boolean,
): Promise<void> {
  await until(async () => {
    try {
      return isExpected((await invoke(FunctionName, { ask: true })).payload);
    } catch (error) {
      if (error instanceof TooManyRequestsException) return false;
      throw error;
    }
  });
}

/** Waits until the condition holds; the test's own timeout is the bound. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function attributesOf(
  sqs: SQSClient,
  QueueUrl: string,
): Promise<Partial<Record<QueueAttributeName, string>>> {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
  return (await sqs.send(command)).Attributes ?? {};
}
