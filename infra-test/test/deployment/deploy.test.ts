import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DeployedFederation, deployFederation } from '../../src/deployment/index.ts';
import { type IdentityProvider, startIdentityProvider } from '../../src/identity-provider/index.ts';
import { type LocalCloud, startLocalCloud } from '../../src/local-cloud/index.ts';

const SECRET = 'a secret of thirty-two bytes or more';

let cloud: LocalCloud;
let identity: IdentityProvider;
let deployed: DeployedFederation;
let s3: S3Client;
let sqs: SQSClient;
let lambda: LambdaClient;

function deploy(name: string): Promise<DeployedFederation> {
  const { issuer, audience, jwksUrl } = identity;
  return deployFederation({ cloud, issuer, audience, jwksUrl, secret: SECRET, name });
}

beforeAll(async () => {
  cloud = await startLocalCloud();
  identity = await startIdentityProvider();
  deployed = await deploy('one');
  const { endpoint, region, credentials } = cloud;
  const common = { endpoint, region, credentials };
  s3 = new S3Client({ ...common, forcePathStyle: true });
  sqs = new SQSClient(common);
  lambda = new LambdaClient(common);
});

afterAll(async () => {
  for (const client of [s3, sqs, lambda]) client?.destroy();
  deployed?.close();
  await identity?.close();
  await cloud?.close();
});

async function checkIn(coordinatorUrl: string, token: string): Promise<Response> {
  return fetch(new URL('v1/models/digits/check-in', coordinatorUrl), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: '{}',
  });
}

test('the coordinator answers at its URL and knows the identity provider', async () => {
  const token = await identity.token({ subject: 'device-01' });
  const stranger = await identity.token({ subject: 'device-01', audience: 'others' });
  const known = await checkIn(deployed.coordinatorUrl, token);
  expect([known.status, await known.json()]).toMatchObject([
    404,
    { error: { code: 'model-unknown' } },
  ]);
  expect((await checkIn(deployed.coordinatorUrl, stranger)).status).toBe(401);
});

test('each function is told where things are, and the coordinator alone the secret', async () => {
  const of = (FunctionName: string) =>
    lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const [coordinator, aggregator] = await Promise.all([
    of(deployed.coordinatorFunction),
    of(deployed.aggregatorFunction),
  ]);
  const shared = {
    TRIBUTARY_BUCKET: deployed.bucket,
    TRIBUTARY_TASK_QUEUE_URL: deployed.queues.tasks.url,
  };
  expect(coordinator.Environment?.Variables).toEqual({
    ...shared,
    TRIBUTARY_SECRET: SECRET,
    TRIBUTARY_ISSUER: identity.issuer,
    TRIBUTARY_AUDIENCE: identity.audience,
    TRIBUTARY_JWKS_URL: identity.jwksUrl,
    TRIBUTARY_TOKEN_MODE: 'audience',
    TRIBUTARY_AGGREGATOR_MEMORY_MB: '1024',
  });
  // It checks no token and makes no pseudonym, so it is not given the secret of either.
  expect(aggregator.Environment?.Variables).toEqual({
    ...shared,
    TRIBUTARY_COLLECT_INTERVAL_SECONDS: '2',
    TRIBUTARY_SWEEP_PATIENCE_SECONDS: '30',
  });
});

test('dead letters of both queues go to the third', async () => {
  const { hints, tasks, deadLetters } = deployed.queues;
  for (const { url } of [hints, tasks]) {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['RedrivePolicy'] }),
    );
    expect(JSON.parse(Attributes?.['RedrivePolicy'] ?? '')).toMatchObject({
      deadLetterTargetArn: deadLetters.arn,
    });
  }
});

test('the sweep can be run at once', async () => {
  await expect(deployed.sweep()).resolves.toBeUndefined();
});

test('an upload under updates/ reaches the aggregator through the hint queue', async () => {
  const before = invocations(deployed.aggregatorFunction);
  await s3.send(
    new PutObjectCommand({ Bucket: deployed.bucket, Key: 'updates/0/m/1/x', Body: 'x' }),
  );
  await expect
    .poll(() => invocations(deployed.aggregatorFunction), { timeout: 20_000 })
    .toBe(before + 1);
});

function invocations(functionName: string): number {
  return cloud.lambda.counters().byFunction[functionName]?.invocations ?? 0;
}

test('federations of different names share a cloud and not a bucket', async () => {
  const other = await deploy('two');
  try {
    expect(other.bucket).not.toBe(deployed.bucket);
    const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: other.bucket }));
    expect(KeyCount).toBe(0);
  } finally {
    other.close();
  }
});

test('a name that no bucket can have is refused with what is allowed', async () => {
  await expect(deploy('Two_')).rejects.toMatchObject({ code: 'deployment-name' });
});
