import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRequestCounters } from '../../../src/local-cloud/counters.ts';
import { createCredentialRegistry } from '../../../src/local-cloud/credentials.ts';
import { createFaultInjector } from '../../../src/local-cloud/faults.ts';
import { type Front, startFront } from '../../../src/local-cloud/front/front.ts';
import { createS3Service, type S3Service } from '../../../src/local-cloud/s3/s3-service.ts';
import type { CloudRequest, CloudResponse } from '../../../src/local-cloud/service.ts';
import { Sha256 } from '../signature/sha256.ts';

const region = 'us-east-1';
const OWNER = { accessKeyId: 'OWNER', secretAccessKey: 'secret' };

let folder: string;
let s3: S3Service;
let front: Front;
let internalErrors: unknown[];
let handleSqs: (request: CloudRequest) => Promise<CloudResponse>;
const counters = createRequestCounters();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-front-'));
  const faults = createFaultInjector();
  const credentials = createCredentialRegistry();
  credentials.register(OWNER);
  credentials.register({ ...OWNER, accessKeyId: 'SESSION', sessionToken: 'token' });
  internalErrors = [];
  s3 = createS3Service({
    dataDirectory: folder,
    region,
    queues: { sendToArn: () => undefined },
    faults,
  });
  handleSqs = async () => ({ status: 200, headers: {}, body: '{}' });
  front = await startFront({
    port: 0,
    region,
    credentials,
    faults,
    counters,
    s3,
    services: { sqs: { handle: (request) => handleSqs(request), close: async () => undefined } },
    functions: {
      handleFunctionUrl: async ({ path, query, body }) => {
        const text = Buffer.concat(await body.toArray()).toString();
        return { status: 201, headers: { 'x-path': path }, body: `${query.get('q')} ${text}` };
      },
      killProcess: () => false,
      functionNameOf: () => undefined,
    },
    onInternalError: (error) => internalErrors.push(error),
  });
});

afterEach(async () => {
  await front.close();
  await s3.close();
  rmSync(folder, { recursive: true });
});

function sqsOutcome(
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
  options: { region?: string } = {},
): Promise<string> {
  const client = new SQSClient({
    endpoint: front.endpoint,
    region: options.region ?? region,
    credentials,
    maxAttempts: 1,
  });
  return client
    .send(new ListQueuesCommand({ QueueNamePrefix: 'p' }))
    .then(
      () => 'accepted',
      (error: Error) => error.name,
    )
    .finally(() => client.destroy());
}

function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(front.endpoint);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = net.connect(Number(port), hostname, () => socket.write(text));
    socket.setEncoding('utf8');
    socket.on('data', (part) => {
      answer += part;
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('a signed request', () => {
  test('reaches the service its scope names, with body and token', async () => {
    let seen: { target: unknown; body: string; token: string | undefined } | undefined;
    handleSqs = async ({ headers, body, sessionToken }) => {
      const text = Buffer.concat(await body.toArray()).toString();
      seen = { target: headers['x-amz-target'], body: text, token: sessionToken };
      return { status: 200, headers: {}, body: '{}' };
    };
    const session = { ...OWNER, accessKeyId: 'SESSION', sessionToken: 'token' };
    expect(await sqsOutcome(session)).toBe('accepted');
    expect(seen).toEqual({
      target: 'AmazonSQS.ListQueues',
      body: '{"QueueNamePrefix":"p"}',
      token: 'token',
    });
  });

  test.each([
    ['an unknown key', { ...OWNER, accessKeyId: 'NOBODY' }, 'UnrecognizedClientException'],
    ['a wrong secret', { ...OWNER, secretAccessKey: 'guess' }, 'InvalidSignatureException'],
    [
      'a session without its token',
      { ...OWNER, accessKeyId: 'SESSION' },
      'UnrecognizedClientException',
    ],
    [
      "a session with another's token",
      { ...OWNER, accessKeyId: 'SESSION', sessionToken: 'other' },
      'UnrecognizedClientException',
    ],
  ])('with %s is refused as %s', async (_, credentials, name) => {
    expect(await sqsOutcome(credentials)).toBe(name);
  });

  test('for another region is refused', async () => {
    expect(await sqsOutcome(OWNER, { region: 'eu-west-1' })).toBe('InvalidSignatureException');
  });

  test.each([
    [
      'an unknown key',
      { credentials: { ...OWNER, accessKeyId: 'NOBODY' } },
      'UnrecognizedClientException',
    ],
    [
      'a wrong secret',
      { credentials: { ...OWNER, secretAccessKey: 'no' } },
      'InvalidSignatureException',
    ],
    ['another region', { region: 'eu-west-1' }, 'InvalidSignatureException'],
  ])('for Lambda with %s is refused in a form that the client reads', async (_, wrong, name) => {
    const given = { endpoint: front.endpoint, region, credentials: OWNER, maxAttempts: 1 };
    const client = new LambdaClient({ ...given, ...wrong });
    await expect(client.send(new ListFunctionsCommand({}))).rejects.toMatchObject({ name });
    client.destroy();
  });

  test('for a service that is not there is refused by name', async () => {
    const { host } = new URL(front.endpoint);
    const signer = new SignatureV4({
      service: 'dynamodb',
      region,
      credentials: OWNER,
      sha256: Sha256,
    });
    const { headers } = await signer.sign({
      method: 'POST',
      protocol: 'http:',
      hostname: host,
      path: '/',
      headers: { host },
      body: '{}',
    });
    const response = await fetch(front.endpoint, { method: 'POST', headers, body: '{}' });
    expect([response.status, await response.json()]).toMatchObject([
      501,
      { message: 'Service dynamodb is not part of the local cloud' },
    ]);
  });

  test('whose body was changed on the way is refused', async () => {
    const client = new SQSClient({
      endpoint: front.endpoint,
      region,
      credentials: OWNER,
      maxAttempts: 1,
    });
    client.middlewareStack.add(
      (next) => (args) => {
        (args.request as { body: string }).body = '{"QueueNamePrefix":"q"}';
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low', name: 'tamper' },
    );
    await expect(
      client.send(new ListQueuesCommand({ QueueNamePrefix: 'p' })),
    ).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    client.destroy();
  });
});

describe('an unsigned request', () => {
  test('to S3 is 403 in XML', async () => {
    const response = await fetch(`${front.endpoint}/bucket/key`);
    expect(response.status).toBe(403);
    expect(response.headers.get('content-type')).toBe('application/xml');
    const requestId = response.headers.get('x-amz-request-id');
    expect(await response.text()).toContain(`<RequestId>${requestId}</RequestId>`);
  });

  test('to a JSON service is 403 in JSON', async () => {
    const response = await fetch(front.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'AmazonSQS.ListQueues' },
      body: '{}',
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  });

  test('to a function URL is answered by the function', async () => {
    const response = await fetch(`${front.endpoint}/_lambda-url/abc/some/path?q=1`, {
      method: 'POST',
      body: 'text',
    });
    expect([response.status, await response.text()]).toEqual([201, '1 text']);
    expect(response.headers.get('x-path')).toBe('/_lambda-url/abc/some/path');
  });

  test('with a path that is no path is told so', async () => {
    const answer = await raw('GET /bucket/%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('<Code>InvalidURI</Code>');
  });
});

test('an error of our own is 500 without its text, and told to the operator', async () => {
  handleSqs = () => Promise.reject(new Error('the secret reason'));
  expect(await sqsOutcome(OWNER)).toBe('ServiceException');
  expect(internalErrors).toEqual([expect.objectContaining({ message: 'the secret reason' })]);
});

test('an upload that its sender abandons is no error of ours', async () => {
  const client = new S3Client({ endpoint: front.endpoint, region, credentials: OWNER });
  await client.send(new CreateBucketCommand({ Bucket: 'abandoned' }));
  const command = new PutObjectCommand({ Bucket: 'abandoned', Key: 'k' });
  const url = new URL(await getSignedUrl(client, command));
  const { hostname, port } = url;
  await new Promise<void>((resolve) => {
    const socket = net.connect(Number(port), hostname, () => {
      const head = `PUT ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n`;
      socket.write(`${head}content-length: 100\r\n\r\nhalf`, () => socket.destroy());
    });
    socket.on('close', () => resolve());
  });
  client.destroy();
  await front.close();
  expect(internalErrors).toEqual([]);
});
