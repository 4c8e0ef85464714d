import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deployWorker } from '../../src/deployment/index.ts';
import { type LocalCloud, startLocalCloud } from '../../src/local-cloud/index.ts';

const BUCKET = 'somebody-federation';

let cloud: LocalCloud;
let lambda: LambdaClient;

beforeAll(async () => {
  cloud = await startLocalCloud();
  const { endpoint, region, credentials } = cloud;
  lambda = new LambdaClient({ endpoint, region, credentials });
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  s3.destroy();
});

afterAll(async () => {
  lambda?.destroy();
  await cloud?.close();
});

async function list(FunctionName: string, worker: string, more: object = {}): Promise<unknown> {
  const commands = [['$list', [], {}, []]];
  const Payload = JSON.stringify({ schema: 1, worker, commands, keep: [], ...more });
  const { Payload: answer } = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
  return JSON.parse(answer?.transformToString() ?? '');
}

test('a worker without an identity provider serves the operator alone', async () => {
  const { name } = await deployWorker({ cloud, bucket: BUCKET, id: 'alice' });
  expect(name).toBe('somebody-federation-worker-alice');
  const made = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  expect(made).toMatchObject({ MemorySize: 2048, Timeout: 300, Handler: 'index.handler' });
  expect(made.Environment?.Variables).toEqual({
    ...{ TRIBUTARY_BUCKET: BUCKET, TRIBUTARY_WORKER: 'alice' },
  });
  expect(await list(name, 'alice')).toMatchObject({ statuses: [{ value: { objects: [] } }] });
  expect(await list(name, 'bob')).toMatchObject({ error: { code: 'worker-mismatch' } });
  expect(await list(name, 'alice', { token: 'a.b.c' })).toMatchObject({
    error: { casualty: 'deployment', code: 'identity-missing' },
  });
});

test('a worker with one is given what the coordinator has to know its callers', async () => {
  const identity = {
    ...{ issuer: 'https://issuer.example', audience: 'devices', secret: 's'.repeat(32) },
    jwksUrl: 'https://issuer.example/jwks.json',
  };
  const { name } = await deployWorker({
    ...{ cloud, bucket: BUCKET, id: 'bob', identity, memoryMegabytes: 512, timeoutSeconds: 10 },
  });
  const made = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  expect(made).toMatchObject({ MemorySize: 512, Timeout: 10 });
  expect(made.Environment?.Variables).toEqual({
    ...{ TRIBUTARY_BUCKET: BUCKET, TRIBUTARY_WORKER: 'bob', TRIBUTARY_SECRET: identity.secret },
    ...{ TRIBUTARY_ISSUER: identity.issuer, TRIBUTARY_AUDIENCE: identity.audience },
    TRIBUTARY_JWKS_URL: identity.jwksUrl,
    TRIBUTARY_TOKEN_MODE: 'audience',
  });
  expect(await list(name, 'bob', { token: 'a b' })).toMatchObject({
    error: { casualty: 'request', code: 'token-malformed' },
  });
});

test.each(['bob.smith', '', 'a'.repeat(21)])('the id %j names no function', async (id) => {
  await expect(deployWorker({ cloud, bucket: BUCKET, id })).rejects.toThrow(
    /^The worker's id is ".*", expected 1 to 20 of A–Z a–z 0–9 _ -, for/,
  );
});
