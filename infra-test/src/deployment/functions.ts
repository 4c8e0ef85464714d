import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  type LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import type { PackagedFunction } from './package-functions.ts';

/** Runtime of the functions on AWS. */
const RUNTIME = 'nodejs22.x';

/** Longest wait for a new function to become active, in seconds; AWS takes a few. */
const ACTIVATION_SECONDS_MAX = 60;

/** Most messages of one delivery from the hint queue: SQS allows 10,000, one LIST answers 1,000 keys. */
const HINT_BATCH_SIZE = 1_000;

/** Settings of {@link createFunction}. */
export interface FunctionOptions {
  readonly name: string;
  readonly code: PackagedFunction;
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** A deployed function by both of its names. */
export interface DeployedFunction {
  readonly name: string;
  readonly arn: string;
}

/** Creates one function and waits until it can be invoked. */
export async function createFunction(
  lambda: LambdaClient,
  options: FunctionOptions,
): Promise<DeployedFunction> {
  const { name, code } = options;
  const { FunctionArn: arn } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: RUNTIME,
      Architectures: ['arm64'],
      Role: roleArn(name),
      Handler: 'index.handler',
      Code: { ZipFile: code.zip },
      MemorySize: options.memoryMegabytes,
      Timeout: options.timeoutSeconds,
      Environment: { Variables: { ...options.environment } },
    }),
  );
  if (arn === undefined) throw new Error(`Function ${name} was created without an ARN`);
  await waitUntilFunctionActiveV2(
    { client: lambda, maxWaitTime: ACTIVATION_SECONDS_MAX },
    { FunctionName: name },
  );
  return { name, arn };
}

/** The role a function runs under; the local cloud evaluates no policies, so the name alone counts. */
export function roleArn(name: string): string {
  return `arn:aws:iam::000000000000:role/${name}`;
}

/** Gives a function an HTTPS URL whose callers the function itself authenticates. */
export async function createFunctionUrl(
  lambda: LambdaClient,
  functionName: string,
  allowedOrigins: readonly string[],
): Promise<string> {
  const { FunctionUrl: url } = await lambda.send(
    new CreateFunctionUrlConfigCommand({
      FunctionName: functionName,
      AuthType: 'NONE',
      Cors: {
        AllowOrigins: [...allowedOrigins],
        AllowMethods: ['GET', 'POST'],
        AllowHeaders: ['authorization', 'content-type'],
        ExposeHeaders: ['date', 'retry-after'],
        MaxAge: 3600,
      },
    }),
  );
  if (url === undefined) throw new Error(`Function ${functionName} was given no URL`);
  return url;
}

/** Settings of {@link mapQueues}. */
export interface MappingOptions {
  readonly functionName: string;
  readonly hintQueueArn: string;
  readonly taskQueueArn: string;
  readonly hintWindowSeconds: number;
  readonly maximumConcurrency: number;
}

/** Feeds both queues to the aggregator: hints in batches, tasks one at a time. */
export async function mapQueues(lambda: LambdaClient, options: MappingOptions): Promise<void> {
  const common = {
    FunctionName: options.functionName,
    FunctionResponseTypes: ['ReportBatchItemFailures' as const],
    ScalingConfig: { MaximumConcurrency: options.maximumConcurrency },
  };
  await lambda.send(
    new CreateEventSourceMappingCommand({
      ...common,
      EventSourceArn: options.hintQueueArn,
      BatchSize: HINT_BATCH_SIZE,
      MaximumBatchingWindowInSeconds: options.hintWindowSeconds,
    }),
  );
  await lambda.send(
    new CreateEventSourceMappingCommand({
      ...common,
      EventSourceArn: options.taskQueueArn,
      BatchSize: 1,
    }),
  );
}
