/** What `-c name=value` may say to the app. */
import { DeploymentError } from '@tributary/client/protocol';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as z from 'zod';
import type { FederationProps } from './federation-props.ts';
import type { FederationStackProps } from './federation-stack.ts';
import type { IdentityProvider } from './identity-provider.ts';

const count = z.coerce.number().int().min(0);
const seconds = z.coerce.number().min(0).transform(Duration.seconds);
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const list = z.string().transform((value) => value.split(',').map((item) => item.trim()));

/** Names and values; everything is text on a command line. */
const contextSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,127}$/, 'a stack name: letters, digits and -')
    .default('tributary'),
  issuer: z.string().min(1).optional(),
  audience: z.string().min(1).optional(),
  jwksUri: z.string().min(1).optional(),
  tokenMode: z.enum(['audience', 'cognito']).optional(),
  allowedOrigins: list.optional(),
  removalPolicy: z
    .enum(['retain', 'destroy'])
    .transform((value) => (value === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN))
    .optional(),
  uploadRetentionDays: count.transform(Duration.days).optional(),
  bucketName: z.string().optional(),
  encryptionKeyArn: z.string().startsWith('arn:').optional(),
  accessLogsBucketName: z.string().optional(),
  alarmTopicArn: z.string().startsWith('arn:').optional(),
  secretVersion: z.string().optional(),
  tlsOnly: flag.optional(),
  tracing: flag.optional(),
  workers: list.optional(),
  sweepMinutes: z.coerce.number().transform(Duration.minutes).optional(),
  coordinatorMemorySize: count.optional(),
  coordinatorReservedConcurrency: count.optional(),
  aggregatorMemorySize: count.optional(),
  aggregatorTimeoutSeconds: count.transform(Duration.seconds).optional(),
  aggregatorReservedConcurrency: count.optional(),
  hintConcurrency: count.optional(),
  taskConcurrency: count.optional(),
  hintWindowSeconds: count.transform(Duration.seconds).optional(),
  collectIntervalSeconds: seconds.optional(),
  sweepPatienceSeconds: seconds.optional(),
});

type Context = z.infer<typeof contextSchema>;

/** The stack that the context asks for. */
export interface AppContext {
  readonly stackName: string;
  readonly props: FederationStackProps;
}

/**
 * Reads what the command line said. Without an issuer, devices get a Cognito user pool.
 *
 * @param context - All context of the app; what the CDK itself keeps there is left alone.
 * @throws {@link DeploymentError} `context-invalid` for unknown names and values that can't be;
 * `identity-provider` when one of issuer, audience and jwksUri is missing
 */
export function readAppContext(context: Readonly<Record<string, unknown>>): AppContext {
  const parsed = contextSchema.safeParse(ownContext(context));
  if (!parsed.success) throw contextInvalid(parsed.error.issues);
  const { name, ...given } = parsed.data;
  const { alarmTopicArn, encryptionKeyArn, accessLogsBucketName } = given;
  return {
    stackName: name,
    props: {
      ...{ alarmTopicArn, encryptionKeyArn, accessLogsBucketName, workers: given.workers },
      identityProvider: identityProviderOf(given),
      federation: federationOf(given),
    },
  };
}

/** Feature flags, look-ups and the command line's own settings all have a mark in their names. */
function ownContext(context: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(context).filter(([name]) => !/[@:/]/.test(name)));
}

function contextInvalid(issues: readonly z.core.$ZodIssue[]): DeploymentError {
  const said = issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `there is no ${issue.keys.join(', ')}; there are ${Object.keys(contextSchema.shape).join(', ')}`
      : `${issue.path.join('.')} can't be that: ${issue.message}`,
  );
  return new DeploymentError(`Context (-c name=value) is wrong: ${said.join('; ')}`, {
    code: 'context-invalid',
  });
}

function identityProviderOf(given: Omit<Context, 'name'>): IdentityProvider | undefined {
  const { issuer, audience, jwksUri, tokenMode } = given;
  const named = { issuer, audience, jwksUri };
  if (issuer !== undefined && audience !== undefined && jwksUri !== undefined) {
    return { issuer, audience, jwksUri, tokenMode };
  }
  const entries = Object.entries(named);
  const missing = entries.filter(([, value]) => value === undefined).map(([name]) => name);
  if (missing.length === entries.length && tokenMode === undefined) return undefined;
  throw new DeploymentError(
    `Identity provider has no ${missing.join(' and no ')}; give issuer, audience and jwksUri with -c, or none of them for a Cognito user pool`,
    { code: 'identity-provider', detail: { missing } },
  );
}

function federationOf(given: Omit<Context, 'name'>): FederationStackProps['federation'] {
  const { allowedOrigins, removalPolicy, uploadRetentionDays, bucketName, tlsOnly, tracing } =
    given;
  return {
    ...{ allowedOrigins, removalPolicy, bucketName, tlsOnly, tracing },
    uploadRetention: uploadRetentionDays,
    secretVersion: given.secretVersion,
    sweepInterval: given.sweepMinutes,
    ...functionsOf(given),
  };
}

function functionsOf(
  given: Omit<Context, 'name'>,
): Pick<FederationProps, 'coordinator' | 'aggregator'> {
  return {
    coordinator: {
      memorySize: given.coordinatorMemorySize,
      reservedConcurrency: given.coordinatorReservedConcurrency,
    },
    aggregator: {
      memorySize: given.aggregatorMemorySize,
      timeout: given.aggregatorTimeoutSeconds,
      reservedConcurrency: given.aggregatorReservedConcurrency,
      hintConcurrency: given.hintConcurrency,
      taskConcurrency: given.taskConcurrency,
      hintWindow: given.hintWindowSeconds,
      collectInterval: given.collectIntervalSeconds,
      sweepPatience: given.sweepPatienceSeconds,
    },
  };
}
