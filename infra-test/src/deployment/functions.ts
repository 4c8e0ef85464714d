import {
  type Cors,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
  type Runtime,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { DEPLOYMENT, type FunctionLimits, type QueueFeed } from '@tributary/client/deployment';
import type { PackagedFunction } from './package-functions.ts';

/** Longest wait for a new function to become active, in seconds; AWS takes a few. */
const ACTIVATION_SECONDS_MAX = 60;

/** Settings of {@link createFunction}. */
export interface FunctionOptions {
  readonly name: string;
  readonly code: PackagedFunction;
  readonly limits: FunctionLimits;
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
  const { name, code, limits } = options;
  const { FunctionArn: arn } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: DEPLOYMENT.runtime as Runtime,
      Architectures: [DEPLOYMENT.architecture],
      Role: roleArn(name),
      Handler: DEPLOYMENT.handler,
      Code: { ZipFile: code.zip },
      MemorySize: limits.memoryMegabytes,
      Timeout: limits.timeoutSeconds,
      Environment: { Variables: { ...options.environment } },
    }),
  );
  if (arn === undefined) throw new Error(`Function ${name} was created without an ARN`);
  await waitUntilFunctionActiveV2(
    { client: lambda, maxWaitTime: ACTIVATION_SECONDS_MAX },
    { FunctionName: name },
  );
  const { reservedConcurrency } = limits;
  if (reservedConcurrency !== undefined) {
    await lambda.send(
      new PutFunctionConcurrencyCommand({
        FunctionName: name,
        ReservedConcurrentExecutions: reservedConcurrency,
      }),
    );
  }
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
      ...(allowedOrigins.length === 0 ? {} : { Cors: corsOf(allowedOrigins) }),
    }),
  );
  if (url === undefined) throw new Error(`Function ${functionName} was given no URL`);
  return url;
}

function corsOf(allowedOrigins: readonly string[]): Cors {
  const { coordinatorUrl, preflightSeconds } = DEPLOYMENT.crossOrigin;
  return {
    AllowOrigins: [...allowedOrigins],
    AllowMethods: [...coordinatorUrl.methods],
    AllowHeaders: [...coordinatorUrl.requestHeaders],
    ExposeHeaders: [...coordinatorUrl.responseHeaders],
    MaxAge: preflightSeconds,
  };
}

/** Settings of {@link feedQueue}. */
export interface FeedOptions extends QueueFeed {
  readonly functionName: string;
  readonly queueArn: string;
}

/** Feeds a queue's messages to a function. */
export async function feedQueue(lambda: LambdaClient, options: FeedOptions): Promise<void> {
  const { batchSize, windowSeconds, maximumConcurrency } = options;
  await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: options.functionName,
      EventSourceArn: options.queueArn,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: maximumConcurrency },
      BatchSize: batchSize,
      MaximumBatchingWindowInSeconds: windowSeconds,
    }),
  );
}
