import {
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionUrlConfigCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import {
  GetBucketCorsCommand,
  GetBucketNotificationConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type {
  CorsFacts,
  DeploymentFacts,
  FunctionFacts,
} from '../../../../cdk/test/support/deployment-facts.ts';
import type { LocalFederation } from '../../../src/index.ts';

interface Clients {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly lambda: LambdaClient;
  readonly scheduler: SchedulerClient;
}

/** Reads what was deployed to a local cloud, as its services describe it. */
export async function localFacts(
  { cloud, deployed }: LocalFederation,
  workerFunction: string,
): Promise<DeploymentFacts> {
  const { endpoint, region, credentials } = cloud;
  const target = { endpoint, region, credentials };
  const clients: Clients = {
    s3: new S3Client({ ...target, forcePathStyle: true }),
    sqs: new SQSClient(target),
    lambda: new LambdaClient(target),
    scheduler: new SchedulerClient(target),
  };
  try {
    return await readCloud(clients, deployed, workerFunction);
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}

async function readCloud(
  { s3, sqs, lambda, scheduler }: Clients,
  deployed: LocalFederation['deployed'],
  workerFunction: string,
): Promise<DeploymentFacts> {
  const { coordinatorFunction, aggregatorFunction, bucket: Bucket, queues } = deployed;
  const aggregator = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: aggregatorFunction }),
  );
  const variables = aggregator.Environment?.Variables ?? {};
  const schedule = await scheduler.send(new GetScheduleCommand({ Name: deployed.schedule }));
  const url = await lambda.send(
    new GetFunctionUrlConfigCommand({ FunctionName: coordinatorFunction }),
  );
  const deadLetters = await attributesOf(sqs, queues.deadLetters.url);
  return {
    coordinator: await functionFacts(lambda, coordinatorFunction),
    aggregator: await functionFacts(lambda, aggregatorFunction),
    worker: await functionFacts(lambda, workerFunction),
    pace: {
      collectIntervalSeconds: Number(variables['TRIBUTARY_COLLECT_INTERVAL_SECONDS']),
      sweepPatienceSeconds: Number(variables['TRIBUTARY_SWEEP_PATIENCE_SECONDS']),
    },
    queues: {
      hints: await queueFacts(sqs, queues.hints.url),
      tasks: await queueFacts(sqs, queues.tasks.url),
      deadLetters: { retentionSeconds: Number(deadLetters['MessageRetentionPeriod']) },
    },
    feeds: {
      hints: await feedFacts(lambda, queues.hints.arn),
      tasks: await feedFacts(lambda, queues.tasks.arn),
    },
    uploadEvents: await eventFacts(s3, Bucket),
    sweep: {
      expression: schedule.ScheduleExpression,
      event: JSON.parse(schedule.Target?.Input ?? 'null'),
    },
    bucketCors: await bucketCors(s3, Bucket),
    urlCors: url.Cors && {
      origins: url.Cors.AllowOrigins,
      methods: url.Cors.AllowMethods,
      requestHeaders: url.Cors.AllowHeaders,
      responseHeaders: url.Cors.ExposeHeaders,
      preflightSeconds: url.Cors.MaxAge,
    },
  };
}

async function functionFacts(lambda: LambdaClient, FunctionName: string): Promise<FunctionFacts> {
  const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const reserved = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }));
  return {
    runtime: found.Runtime,
    architecture: found.Architectures?.[0],
    handler: found.Handler,
    memoryMegabytes: found.MemorySize,
    timeoutSeconds: found.Timeout,
    reservedConcurrency: reserved.ReservedConcurrentExecutions,
    variables: Object.keys(found.Environment?.Variables ?? {}).sort(),
  };
}

async function attributesOf(sqs: SQSClient, QueueUrl: string): Promise<Record<string, string>> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  return Attributes;
}

async function queueFacts(sqs: SQSClient, url: string): Promise<object> {
  const attributes = await attributesOf(sqs, url);
  return {
    visibilitySeconds: Number(attributes['VisibilityTimeout']),
    receiveCountMax: JSON.parse(attributes['RedrivePolicy'] ?? '{}').maxReceiveCount,
  };
}

async function feedFacts(lambda: LambdaClient, EventSourceArn: string): Promise<object> {
  const { EventSourceMappings: [mapping] = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ EventSourceArn }),
  );
  return {
    batchSize: mapping?.BatchSize,
    windowSeconds: mapping?.MaximumBatchingWindowInSeconds,
    maximumConcurrency: mapping?.ScalingConfig?.MaximumConcurrency,
    reports: mapping?.FunctionResponseTypes,
  };
}

async function eventFacts(s3: S3Client, Bucket: string): Promise<object> {
  const { QueueConfigurations: [configuration] = [] } = await s3.send(
    new GetBucketNotificationConfigurationCommand({ Bucket }),
  );
  return {
    events: configuration?.Events?.[0],
    prefix: configuration?.Filter?.Key?.FilterRules?.[0]?.Value,
  };
}

async function bucketCors(s3: S3Client, Bucket: string): Promise<CorsFacts | undefined> {
  const { CORSRules: [rule] = [] } = await s3.send(new GetBucketCorsCommand({ Bucket }));
  return (
    rule && {
      origins: rule.AllowedOrigins,
      methods: rule.AllowedMethods,
      requestHeaders: rule.AllowedHeaders,
      responseHeaders: rule.ExposeHeaders,
      preflightSeconds: rule.MaxAgeSeconds,
    }
  );
}
