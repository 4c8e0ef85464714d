import { type App, RemovalPolicy } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { FederationStack, type FederationStackProps } from '../src/index.ts';
import { appWithoutBundles, IDENTITY, KEY_ARN } from './support/synthesize.ts';

const CASES: readonly { name: string; props: FederationStackProps }[] = [
  { name: 'with a device pool', props: {} },
  { name: 'with an identity provider', props: { identityProvider: IDENTITY } },
  {
    name: 'with a key, traces, browsers and removal',
    props: {
      identityProvider: IDENTITY,
      encryptionKeyArn: KEY_ARN,
      federation: {
        removalPolicy: RemovalPolicy.DESTROY,
        tracing: true,
        allowedOrigins: ['https://app.example.com'],
      },
    },
  },
];

function violationsOf(app: App) {
  const { violations } = new AwsSolutionsChecks(app).validateScope(app);
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
  );
}

test.each(CASES)('cdk-nag finds nothing in AwsSolutions $name', ({ props }) => {
  const app = appWithoutBundles();
  new FederationStack(app, 'tributary', props);
  expect(violationsOf(app)).toEqual([]);
});

test('cdk-nag would find a bucket beside the federation’s', () => {
  const app = appWithoutBundles();
  const stack = new FederationStack(app, 'tributary', {});
  new Bucket(stack, 'Plain');
  expect(violationsOf(app)).toContain('AwsSolutions-S10 at tributary/Plain/Resource');
});

test('every suppression says why in one line', () => {
  const app = appWithoutBundles();
  new FederationStack(app, 'tributary', {});
  const reasons = app.node
    .findAll()
    .flatMap((construct) => Object.entries(acknowledgements(construct.node.metadata)));
  expect(reasons.length).toBeGreaterThan(5);
  for (const [, reason] of reasons) expect(reason).toMatch(/^[A-Z].{30,120}$/);
});

function acknowledgements(metadata: readonly { type: string; data: unknown }[]) {
  const found = metadata.filter(({ type }) => /acknowledg/i.test(type));
  return Object.assign({}, ...found.map(({ data }) => data));
}
