import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type App, Duration, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { readAppContext } from '../src/app-context.ts';
import { Federation, FederationStack, RemoteWorker, type RemoteWorkerProps } from '../src/index.ts';
import { isAllowed, type Policy } from './support/evaluate.ts';
import { arn, policiesOf } from './support/policies.ts';
import {
  appWithoutBundles,
  emptyStack,
  IDENTITY,
  KEY_ARN,
  resource,
  resourcesOf,
} from './support/synthesize.ts';

type Chosen = Omit<RemoteWorkerProps, 'federation'>;

function stackWith(props: Chosen = {}, more: readonly string[] = []): Stack {
  const stack = emptyStack();
  const federation = new Federation(stack, 'Federation', IDENTITY);
  new RemoteWorker(stack, 'Bob', { federation, ...props });
  for (const id of more) new RemoteWorker(stack, id, { federation });
  return stack;
}

function synthesize(props: Chosen = {}, more: readonly string[] = []): Template {
  return Template.fromStack(stackWith(props, more));
}

describe('A worker', () => {
  test('is a function with the federation’s bucket and users, named in lower case', () => {
    const { Properties } = resource(synthesize(), 'AWS::Lambda::Function', 'Bob');
    expect(Properties).toMatchObject({
      Handler: 'index.handler',
      Runtime: 'nodejs22.x',
      Architectures: ['arm64'],
      MemorySize: 2_048,
      Timeout: 300,
    });
    const variables = Properties['Environment'].Variables;
    expect(Object.keys(variables).sort()).toEqual([
      'TRIBUTARY_AUDIENCE',
      'TRIBUTARY_BUCKET',
      'TRIBUTARY_ISSUER',
      'TRIBUTARY_JWKS_URL',
      'TRIBUTARY_SECRET',
      'TRIBUTARY_TOKEN_MODE',
      'TRIBUTARY_WORKER',
    ]);
    expect(variables).toMatchObject({
      TRIBUTARY_WORKER: 'bob',
      TRIBUTARY_ISSUER: IDENTITY.issuer,
      TRIBUTARY_TOKEN_MODE: 'audience',
    });
    const coordinator = resource(synthesize(), 'AWS::Lambda::Function', 'FederationCoordinator');
    const shared = coordinator.Properties['Environment'].Variables;
    for (const name of ['TRIBUTARY_SECRET', 'TRIBUTARY_BUCKET']) {
      expect(variables[name]).toEqual(shared[name]);
    }
  });

  test('has the size, time and id it is given', () => {
    const template = synthesize({
      ...{ workerId: 'Bob.2', memorySize: 4_096, reservedConcurrency: 3 },
      timeout: Duration.minutes(15),
    });
    expect(resource(template, 'AWS::Lambda::Function', 'Bob').Properties).toMatchObject({
      ...{ MemorySize: 4_096, Timeout: 900, ReservedConcurrentExecutions: 3 },
      Environment: { Variables: { TRIBUTARY_WORKER: 'Bob.2' } },
    });
  });

  test.each(['', '.bob', 'b/ob', 'bob*', 'b'.repeat(65)])('can’t have the id %j', (workerId) => {
    expect(() => synthesize({ workerId })).toThrow(expect.objectContaining({ code: 'worker-id' }));
  });

  test('brings rules by which S3 ends leases after 14 days, tombstones and transfers after one', () => {
    const rules = resource(synthesize(), 'AWS::S3::Bucket', 'Federation').Properties[
      'LifecycleConfiguration'
    ].Rules.filter(({ Prefix }: { Prefix?: string }) => Prefix?.startsWith('workers/'));
    expect(rules).toEqual([
      rule('objects', 'objects/', 14),
      { ...rule('tombstones', 'objects/', 1), ObjectSizeLessThan: 257 },
      rule('plans', 'plans/', 14),
      rule('transfers', 'transfers/', 1),
    ]);
  });

  test('leaves the rest of the federation as it is without', () => {
    const stack = emptyStack();
    new Federation(stack, 'Federation', IDENTITY);
    const alone = Template.fromStack(stack).toJSON()['Resources'];
    const together = synthesize().toJSON()['Resources'];
    const changed = Object.keys(alone).filter(
      (id) => JSON.stringify(alone[id]) !== JSON.stringify(together[id]),
    );
    expect(changed.map((id) => alone[id].Type).sort()).toEqual([
      'AWS::S3::Bucket',
      'AWS::S3::BucketPolicy',
    ]);
  });

  test('is clean for cdk-nag, as zip and as image', () => {
    const app = stackWith({}, ['Alice']).node.root;
    const image = stackWith({ image: true }).node.root;
    for (const root of [app, image]) {
      expect(new AwsSolutionsChecks(root).validateScope(root).violations).toEqual([]);
    }
  });
});

function rule(what: string, folder: string, days: number) {
  return {
    ...{ Id: `expire-${what}-of-bob`, Prefix: `workers/bob/${folder}`, Status: 'Enabled' },
    ExpirationInDays: days,
  };
}

describe('As a container image', () => {
  const template = synthesize({ image: true });

  test('it is built for x86-64, from the bundle and the Dockerfile, without a handler of its own', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      ...{ PackageType: 'Image', Architectures: ['x86_64'], MemorySize: 2_048 },
      Code: { ImageUri: Match.anyValue() },
      Handler: Match.absent(),
      Environment: { Variables: Match.objectLike({ TRIBUTARY_WORKER: 'bob' }) },
    });
  });

  test('its context has what it starts, on the same Node and with the same TensorFlow.js as tests', async () => {
    const { directory } = (stackWith({ image: true }).node.root as App).synth();
    const context = readdirSync(directory).find((name) =>
      existsSync(join(directory, name, 'Dockerfile')),
    );
    const folder = join(directory, context ?? '');
    const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8');
    const [, module, name] = /^CMD \["(\w+)\.(\w+)"\]$/m.exec(dockerfile) ?? [];
    const started = await import(pathToFileURL(join(folder, `${module}.mjs`)).href);
    expect(started[name ?? '']).toBeTypeOf('function');
    expect(readdirSync(folder)).toEqual(
      expect.arrayContaining(['index.mjs.map', 'tfjs-backend-wasm-simd.wasm']),
    );
    const node = resource(synthesize(), 'AWS::Lambda::Function', 'Bob').Properties['Runtime'];
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    const base = `public.ecr.aws/lambda/nodejs:${/[0-9]+/.exec(node)?.[0]}`;
    expect(bases).toEqual([base, base]);
    const { optionalDependencies, devDependencies } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    );
    const version = optionalDependencies['@tensorflow/tfjs-node'];
    expect(version).toBe(devDependencies['@tensorflow/tfjs-core']);
    expect(dockerfile).toContain(`@tensorflow/tfjs-node@${version}\n`);
  });
});

describe('What the worker bob may do', () => {
  const template = synthesize({}, ['Alice']);
  const policies = policiesOf(template);
  const bob = roleOf(template, 'Bob');
  const bucket = arn(Object.keys(resourcesOf(template, 'AWS::S3::Bucket'))[0] ?? '');
  const tls = { 'aws:SecureTransport': 'true', 'aws:PrincipalArn': bob };
  const whole = { ...tls, 's3:ObjectCreationOperation': 'true' };
  const once = { ...whole, 's3:if-none-match': '*' };
  const replacing = { ...whole, 's3:if-match': '"etag"' };
  const id = 'i'.repeat(22);
  const may = (
    action: string,
    key: string,
    context: Record<string, string> = tls,
    all = policies,
  ) => isAllowed(all, { principal: bob, action, resource: `${bucket}/${key}`, context });
  const own = [
    `workers/bob/objects/operator/${id}`,
    `workers/bob/plans/${'9f'.repeat(32)}`,
    `workers/bob/transfers/operator/${'9f'.repeat(32)}`,
  ];
  const foreign = [
    `workers/alice/objects/operator/${id}`,
    `workers/bobby/objects/operator/${id}`,
    'models/m/plan.json',
    'updates/0/m/1/d',
    'rounds/m/1/result.json',
  ];

  test.each(own)('reads, writes once and replaces %s, and never deletes it', (key) => {
    expect(may('s3:GetObject', key)).toBe(true);
    expect(may('s3:PutObject', key, once)).toBe(true);
    expect(may('s3:PutObject', key, replacing)).toBe(true);
    expect(may('s3:PutObject', key, whole)).toBe(false);
    expect(may('s3:DeleteObject', key)).toBe(false);
  });

  test.each(foreign)('neither reads nor writes %s', (key) => {
    expect(may('s3:GetObject', key)).toBe(false);
    expect(may('s3:PutObject', key, once)).toBe(false);
    expect(may('s3:PutObject', key, replacing)).toBe(false);
  });

  test('lists its own objects, and asks for a key that is missing', () => {
    const list = (prefix?: string) =>
      isAllowed(policies, {
        ...{ principal: bob, action: 's3:ListBucket', resource: bucket },
        context: { ...tls, ...(prefix === undefined ? {} : { 's3:prefix': prefix }) },
      });
    expect(list('workers/bob/objects/')).toBe(true);
    expect(list('workers/bob/objects/operator/')).toBe(true);
    expect(list()).toBe(true);
    expect(['workers/alice/objects/', 'workers/', '', 'models/'].filter(list)).toEqual([]);
  });

  test('needs each of its statements', () => {
    const at = policies.findIndex(({ owner, kind }) => owner === bob && kind === 'identity');
    const { statements } = policies[at] as Policy;
    const sids = ['ReadOwnObjects', 'WriteOwnObjects', 'ListPrefixes', 'WriteOwnLogs'];
    expect(statements.map(({ Sid }) => Sid).sort()).toEqual([...sids].sort());
    const without = (sid: string) =>
      policies.with(at, {
        ...(policies[at] as Policy),
        statements: statements.filter(({ Sid }) => Sid !== sid),
      });
    expect(may('s3:GetObject', own[0] ?? '', tls, without('ReadOwnObjects'))).toBe(false);
    expect(may('s3:PutObject', own[0] ?? '', once, without('WriteOwnObjects'))).toBe(false);
  });

  test.each(['FederationCoordinator', 'FederationAggregator'])(
    'the %s neither reads nor writes nor lists there',
    (prefix) => {
      const principal = roleOf(template, prefix);
      const context = { ...once, 'aws:PrincipalArn': principal };
      const allowed = own.flatMap((key) =>
        ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'].filter((action) =>
          isAllowed(policies, { principal, action, resource: `${bucket}/${key}`, context }),
        ),
      );
      expect(allowed).toEqual([]);
      const list = { ...context, 's3:prefix': 'workers/bob/objects/' };
      const request = { principal, action: 's3:ListBucket', resource: bucket, context: list };
      expect(isAllowed(policies, request)).toBe(false);
    },
  );

  test('others may not replace what is written once, also where workers are', () => {
    const key = `${bucket}/rounds/m/1/round.json`;
    const coordinator = roleOf(template, 'FederationCoordinator');
    const context = { ...replacing, 'aws:PrincipalArn': coordinator };
    const request = { principal: coordinator, action: 's3:PutObject', resource: key };
    expect(isAllowed(policies, { ...request, context })).toBe(false);
    const made = { ...once, 'aws:PrincipalArn': coordinator };
    expect(isAllowed(policies, { ...request, context: made })).toBe(true);
  });
});

function roleOf(template: Template, prefix: string): string {
  const ids = Object.keys(resourcesOf(template, 'AWS::IAM::Role'));
  return arn(ids.find((id) => id.startsWith(prefix)) ?? '');
}

test('with a key of the federation’s, the worker may use it and hides its environment with it', () => {
  const stack = emptyStack();
  const encryptionKey = Key.fromKeyArn(stack, 'Key', KEY_ARN);
  const federation = new Federation(stack, 'Federation', { ...IDENTITY, encryptionKey });
  new RemoteWorker(stack, 'Bob', { federation });
  const template = Template.fromStack(stack);
  expect(resource(template, 'AWS::Lambda::Function', 'Bob').Properties['KmsKeyArn']).toBe(KEY_ARN);
  const request = { principal: roleOf(template, 'Bob'), action: 'kms:Decrypt', context: {} };
  expect(isAllowed(policiesOf(template), { ...request, resource: KEY_ARN })).toBe(true);
});

test('workers come with a stack by their ids, and it tells their functions', () => {
  const { props } = readAppContext({ workers: 'alice, Bob.2' });
  const stack = new FederationStack(appWithoutBundles(), 'tributary', props);
  expect(stack.workers.map(({ workerId }) => workerId)).toEqual(['alice', 'Bob.2']);
  const template = Template.fromStack(stack);
  const [alice, bob] = ['Workeralice', 'WorkerBob2'].map(
    (prefix) =>
      Object.keys(resourcesOf(template, 'AWS::Lambda::Function')).find((id) =>
        id.startsWith(prefix),
      ) ?? '',
  );
  const { Value } = template.toJSON()['Outputs'].WorkerFunctionNames;
  expect(Value['Fn::Join']).toEqual([
    '',
    ['{"alice":"', { Ref: alice }, '","Bob.2":"', { Ref: bob }, '"}'],
  ]);
  const without = new FederationStack(appWithoutBundles(), 'tributary', readAppContext({}).props);
  expect(Template.fromStack(without).toJSON()['Outputs']).not.toHaveProperty('WorkerFunctionNames');
});
