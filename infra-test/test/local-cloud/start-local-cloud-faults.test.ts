import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type FaultPlan, type LocalCloud, startLocalCloud } from '../../src/local-cloud/index.ts';
import { writerFunctionZip } from './writer-function.ts';

const Bucket = 'faults';
const FunctionName = 'writer';

let cloud: LocalCloud;
let s3: S3Client;
let retryingS3: S3Client;
let lambda: LambdaClient;
let sqs: SQSClient;

beforeAll(async () => {
  cloud = await startLocalCloud();
  const { endpoint, region, credentials } = cloud;
  s3 = new S3Client({ endpoint, region, credentials, maxAttempts: 1 });
  retryingS3 = new S3Client({ endpoint, region, credentials, maxAttempts: 6 });
  lambda = new LambdaClient({ endpoint, region, credentials, maxAttempts: 1 });
  sqs = new SQSClient({ endpoint, region, credentials, maxAttempts: 1 });
  await s3.send(new CreateBucketCommand({ Bucket }));
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs22.x',
      Role: 'arn:aws:iam::000000000000:role/writer',
      Handler: 'index.handler',
      Timeout: 30,
      Code: { ZipFile: await writerFunctionZip() },
    }),
  );
});

afterEach(() => cloud.setFaults(undefined));

afterAll(async () => {
  for (const client of [s3, retryingS3, lambda, sqs]) client.destroy();
  await cloud.close();
});

function put(client: S3Client, Key: string, Body = 'mine', IfNoneMatch: string | undefined = '*') {
  return client.send(new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch }));
}

async function keysBelow(Prefix: string): Promise<(string | undefined)[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Contents.map(({ Key }) => Key);
}

describe('request faults', () => {
  test.each([
    ['slow-down-503', 'SlowDown', 503],
    ['conflict-409', 'ConditionalRequestConflict', 409],
    ['expired-token-403', 'ExpiredToken', 403],
    ['internal-500', 'InternalError', 500],
  ] as const)('%s answers %s and stores nothing', async (fault, name, status) => {
    const keyPattern = new RegExp(`^${fault}/`);
    cloud.setFaults({ seed: 1, requests: [{ keyPattern, fault, firstPerKey: 3 }] });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(put(s3, `${fault}/k`)).rejects.toMatchObject({
        name,
        $metadata: { httpStatusCode: status },
      });
    }
    expect(await keysBelow(`${fault}/`)).toEqual([]);
    await put(s3, `${fault}/k`);
    expect(await keysBelow(`${fault}/`)).toEqual([`${fault}/k`]);
  });

  test('a lost response is a write that happened: the retry meets its own object', async () => {
    cloud.setFaults({
      seed: 1,
      requests: [{ service: 's3', method: 'PUT', fault: 'lost-response', firstPerKey: 1 }],
    });
    await expect(put(s3, 'lost/one')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(put(retryingS3, 'lost/two')).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(await keysBelow('lost/')).toEqual(['lost/one', 'lost/two']);
  });

  test('a lost answer to a large read leaves nothing open', async () => {
    await put(s3, 'lost/large', 'x'.repeat(2_000_000));
    cloud.setFaults({
      seed: 1,
      requests: [{ method: 'GET', fault: 'lost-response', firstPerKey: 1 }],
    });
    const get = () => s3.send(new GetObjectCommand({ Bucket, Key: 'lost/large' }));
    await expect(get()).rejects.toThrow();
    expect((await (await get()).Body?.transformToString())?.length).toBe(2_000_000);
  });

  test('other services answer in their own form', async () => {
    cloud.setFaults({
      seed: 1,
      requests: [
        { service: 'sqs', fault: 'slow-down-503' },
        { service: 'lambda', fault: 'expired-token-403' },
      ],
    });
    await expect(sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject({
      name: 'ServiceUnavailableException',
      $metadata: { httpStatusCode: 503 },
    });
    await expect(lambda.send(new ListFunctionsCommand({}))).rejects.toMatchObject({
      name: 'ExpiredTokenException',
      $metadata: { httpStatusCode: 403 },
    });
  });
});

describe('kills', () => {
  async function write(prefix: string): Promise<{ error: string | undefined; keys: unknown }> {
    const keys = ['1', '2', '3'].map((name) => `${prefix}/${name}`);
    const Payload = JSON.stringify({ bucket: Bucket, keys });
    const { FunctionError } = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
    return { error: FunctionError, keys: await keysBelow(`${prefix}/`) };
  }

  test('without a rule the function writes all', async () => {
    expect(await write('calm')).toEqual({
      error: undefined,
      keys: ['calm/1', 'calm/2', 'calm/3'],
    });
  });

  test.each([
    ['before', ['before/1']],
    ['after', ['after/1', 'after/2']],
  ] as const)('%s the second write, the process ends there', async (when, keys) => {
    const plan: FaultPlan = {
      seed: 1,
      kills: [{ functionName: FunctionName, keyPattern: new RegExp(`^${when}/2`), when, nth: 1 }],
    };
    cloud.setFaults(plan);
    expect(await write(when)).toEqual({ error: 'Unhandled', keys });
    expect(cloud.faults().kills).toMatchObject([{ when, key: `${when}/2`, hasEndedProcess: true }]);
    // The next invocation gets a process of its own and is spared.
    expect((await write(when)).keys).toEqual([`${when}/1`, `${when}/2`, `${when}/3`]);
  });

  test('a rule for another function, or a request of nobody, kills nothing', async () => {
    cloud.setFaults({ seed: 1, kills: [{ functionName: 'other', when: 'before' }] });
    expect((await write('spared')).error).toBeUndefined();
    cloud.setFaults({ seed: 1, kills: [{ when: 'before' }] });
    await put(s3, 'spared/by-operator');
  });

  test('who uses a URL that a function presigned is not that function', async () => {
    await put(s3, 'presigned', 'for a device');
    const Payload = JSON.stringify({ bucket: Bucket, keys: ['presigned'], presign: true });
    const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
    const url = JSON.parse(answer.Payload?.transformToString() ?? '') as string;
    expect(new URL(url).searchParams.has('X-Amz-Security-Token')).toBe(true);
    cloud.setFaults({ seed: 1, kills: [{ when: 'before' }] });
    expect(await (await fetch(url)).text()).toBe('for a device');
    cloud.setFaults(undefined);
    const tampered = new URL(url);
    tampered.searchParams.set('X-Amz-Security-Token', 'another');
    const refused = await fetch(tampered);
    expect(await refused.text()).toContain('<Code>InvalidToken</Code>');
  });
});
