import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketCorsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterEach, describe, expect, test } from 'vitest';
import { zipStored } from '../../src/deployment/zip.ts';
import { type LocalCloud, startLocalCloud } from '../../src/local-cloud/index.ts';

const DEVICE_COUNT = 1000;

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(options: Parameters<typeof startLocalCloud>[0] = {}): Promise<LocalCloud> {
  const cloud = await startLocalCloud(options);
  closers.push(() => cloud.close());
  return cloud;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function clientOf({ endpoint, region, credentials }: LocalCloud): S3Client {
  const client = new S3Client({ endpoint, region, credentials, maxAttempts: 1 });
  closers.push(() => client.destroy());
  return client;
}

test('the environment alone is enough for an SDK client in another process', async () => {
  const cloud = await start();
  await clientOf(cloud).send(new CreateBucketCommand({ Bucket: 'from-here' }));
  const program = `
    import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
    const { Buckets } = await new S3Client().send(new ListBucketsCommand({}));
    process.stdout.write(Buckets.map(({ Name }) => Name).join());`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', '--input-type=module', '--eval', program],
    {
      cwd: import.meta.dirname,
      env: { PATH: process.env['PATH'], HOME: tmpdir(), ...cloud.environment() },
    },
  );
  expect(stdout).toBe('from-here');
});

describe('the data directory', () => {
  test('keeps buckets, settings and objects from one start to the next', async () => {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'tributary-data-'));
    closers.push(() => rmSync(dataDirectory, { recursive: true }));
    const first = await startLocalCloud({ dataDirectory });
    const writer = clientOf(first);
    const Bucket = 'kept';
    const large = Buffer.alloc(2_000_000, 'large');
    const rule = { AllowedOrigins: ['*'], AllowedMethods: ['GET'] };
    await writer.send(new CreateBucketCommand({ Bucket }));
    await writer.send(
      new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }),
    );
    const { ETag } = await writer.send(
      new PutObjectCommand({ Bucket, Key: 'a', Body: 'small', Metadata: { n: '1' } }),
    );
    await writer.send(new PutObjectCommand({ Bucket, Key: 'b', Body: large }));
    await first.close();

    const second = await start({ dataDirectory });
    const reader = clientOf(second);
    const a = await reader.send(new GetObjectCommand({ Bucket, Key: 'a' }));
    const b = await reader.send(new GetObjectCommand({ Bucket, Key: 'b' }));
    expect(a).toMatchObject({ ETag, Metadata: { n: '1' } });
    expect(await a.Body?.transformToString()).toBe('small');
    expect(large.equals((await b.Body?.transformToByteArray()) ?? new Uint8Array())).toBe(true);
    const url = `${second.endpoint}/${Bucket}/a`;
    const { headers } = await fetch(url, { headers: { origin: 'https://x.org' } });
    expect(headers.get('access-control-allow-origin')).toBe('*');
    const overwrite = new PutObjectCommand({ Bucket, Key: 'a', Body: 'x', IfNoneMatch: '*' });
    await expect(reader.send(overwrite)).rejects.toMatchObject({ name: 'PreconditionFailed' });
  });

  test('is removed on close when it is a temporary one', async () => {
    const cloud = await startLocalCloud();
    const folder = dirname(cloud.logDirectory);
    await clientOf(cloud).send(new CreateBucketCommand({ Bucket: 'gone' }));
    expect(readdirSync(join(folder, 's3'))).toEqual(['gone']);
    await cloud.close();
    expect(existsSync(folder)).toBe(false);
  });
});

test('function processes are as many, and idle as long, as the options say', async () => {
  const cloud = await start({ processCountMax: 1, idleMs: 500 });
  const { endpoint, region, credentials } = cloud;
  const lambda = new LambdaClient({ endpoint, region, credentials, maxAttempts: 1 });
  closers.push(() => lambda.destroy());
  const pid = 'export const handler = () => process.pid;';
  await lambda.send(
    new CreateFunctionCommand({
      ...{ FunctionName: 'pid', Runtime: 'nodejs22.x', Handler: 'index.handler' },
      Role: 'arn:aws:iam::000000000000:role/pid',
      Code: { ZipFile: zipStored([{ name: 'index.mjs', data: Buffer.from(pid) }]) },
    }),
  );
  const invocations = Array.from({ length: 6 }, async () => {
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'pid' }));
    return Number(Payload?.transformToString());
  });
  const pids = new Set(await Promise.all(invocations));
  expect(pids.size).toBe(1);
  const [only = Number.NaN] = pids;
  await expect.poll(() => isAlive(only), { timeout: 60_000 }).toBe(false);
});

test('requests and bytes are counted by operation, egress apart', async () => {
  const cloud = await start();
  const client = clientOf(cloud);
  const key = { Bucket: 'counted', Key: 'k' };
  await client.send(new CreateBucketCommand({ Bucket: key.Bucket }));
  for (let write = 0; write < 3; write += 1) {
    await client.send(new PutObjectCommand({ ...key, Body: 'ten bytes!' }));
  }
  await client.send(new ListObjectsV2Command({ Bucket: key.Bucket }));
  await (await client.send(new GetObjectCommand(key))).Body?.transformToByteArray();
  await (await fetch(await getSignedUrl(client, new GetObjectCommand(key)))).text();
  await client.send(new GetObjectCommand({ ...key, Key: 'absent' })).catch(() => undefined);
  await fetch(`${cloud.endpoint}/counted/k`);

  const { operations, usage } = cloud.counters();
  expect(operations['s3']).toMatchObject({
    CreateBucket: { requestCount: 1, errorCount: 0 },
    PutObject: { requestCount: 3, errorCount: 0, bytesIn: 30, bytesOut: 0, egressBytes: 0 },
    ListObjectsV2: { requestCount: 1 },
    GetObject: { requestCount: 3, errorCount: 1, bytesIn: 0, egressBytes: 10 },
    Refused: { requestCount: 1, errorCount: 1 },
  });
  expect(operations['s3']?.['GetObject']?.bytesOut).toBeGreaterThan(20);
  expect(usage['lambda']).toMatchObject({ invocations: 0, gigabyteSeconds: 0 });
});

test('a thousand devices that upload at once are all served', async () => {
  const cloud = await start();
  const client = clientOf(cloud);
  const Bucket = 'devices';
  await client.send(new CreateBucketCommand({ Bucket }));
  const urls = await Promise.all(
    Array.from({ length: DEVICE_COUNT }, (_, device) =>
      getSignedUrl(client, new PutObjectCommand({ Bucket, Key: `updates/${device}` })),
    ),
  );
  const body = Buffer.alloc(2000, 'update');
  const statuses = await Promise.all(
    urls.map(async (url) => (await fetch(url, { method: 'PUT', body })).status),
  );
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
  const { KeyCount, IsTruncated } = await client.send(new ListObjectsV2Command({ Bucket }));
  expect([KeyCount, IsTruncated]).toEqual([DEVICE_COUNT, false]);
});
