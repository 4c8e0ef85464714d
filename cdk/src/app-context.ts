/** What `-c name=value`, and `context` in cdk.json, may say to the app. */
import { DeploymentError } from '@tributary/client/protocol';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as z from 'zod';
import type { FederationProps } from './federation-props.ts';
import type { FederationStackProps } from './federation-stack.ts';
import type { IdentityProvider } from './identity-provider.ts';

/** A JSON number, or its text; no other value counts as one, as `true` and an empty text would. */
const numeric = z
  .union(
    [z.number(), z.string().regex(/^-?[0-9]+(\.[0-9]+)?$/, 'expected a number')],
    'expected a number',
  )
  .transform(Number);

const count = numeric.pipe(z.int('expected a whole number').min(0, 'expected 0 or more'));
const seconds = numeric
  .pipe(z.number().min(0, 'expected 0 or more'))
  .transform((value) => Duration.seconds(value));
const days = count.transform((value) => Duration.days(value));
const wholeSeconds = count.transform((value) => Duration.seconds(value));
const minutes = numeric
  .pipe(z.number().min(0, 'expected 0 or more'))
  .transform((value) => Duration.minutes(value));

const flag = z
  .union([z.boolean(), z.enum(['true', 'false'])], 'expected true or false')
  .transform((value) => value === true || value === 'true');

/** A JSON list of texts, or texts parted by commas; an empty one has no items. */
const list = z
  .union(
    [z.array(z.string()), z.string().transform(itemsOf)],
    'expected a list of texts, or texts parted by commas',
  )
  .transform((items) => items.map((item) => item.trim()))
  .refine((items) => items.every((item) => item !== ''), 'expected no empty item');

/** A text; a number too, for names and versions that look like one in JSON. */
const text = z
  .union([z.string(), z.number()], 'expected a text')
  .transform(String)
  .pipe(z.string().min(1, 'expected a text that is not empty'));

const arn = z.string('expected a text').startsWith('arn:', 'expected an ARN');

/** Names and values: texts on a command line, texts or values of JSON in cdk.json. */
const contextSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,127}$/, 'a stack name: letters, digits and -')
    .default('tributary'),
  issuer: text.optional(),
  audience: text.optional(),
  jwksUri: text.optional(),
  tokenMode: z.enum(['audience', 'cognito']).optional(),
  allowedOrigins: list.optional(),
  removalPolicy: z
    .enum(['retain', 'destroy'])
    .transform((value) => (value === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN))
    .optional(),
  uploadRetentionDays: days.optional(),
  bucketName: text.optional(),
  encryptionKeyArn: arn.optional(),
  accessLogsBucketName: text.optional(),
  alarmTopicArn: arn.optional(),
  secretVersion: text.optional(),
  tlsOnly: flag.optional(),
  tracing: flag.optional(),
  workers: list.optional(),
  sweepMinutes: minutes.optional(),
  coordinatorMemorySize: count.optional(),
  coordinatorReservedConcurrency: count.optional(),
  aggregatorMemorySize: count.optional(),
  aggregatorTimeoutSeconds: wholeSeconds.optional(),
  aggregatorReservedConcurrency: count.optional(),
  hintConcurrency: count.optional(),
  taskConcurrency: count.optional(),
  hintWindowSeconds: wholeSeconds.optional(),
  collectIntervalSeconds: seconds.optional(),
  sweepPatienceSeconds: seconds.optional(),
});

function itemsOf(value: string): string[] {
  return value.trim() === '' ? [] : value.split(',');
}

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
  if (!parsed.success) throw contextInvalid(parsed.error.issues, context);
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

function contextInvalid(
  issues: readonly z.core.$ZodIssue[],
  context: Readonly<Record<string, unknown>>,
): DeploymentError {
  const said = issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `there is no ${issue.keys.join(', ')}; there are ${Object.keys(contextSchema.shape).join(', ')}`
      : `${issue.path[0]?.toString()}: ${issue.message}, got ${JSON.stringify(valueAt(issue.path, context))}`,
  );
  const message = `Context (-c name=value, or context in cdk.json) is wrong: ${said.join('; ')}`;
  return new DeploymentError(message, { code: 'context-invalid' });
}

function valueAt([name]: readonly PropertyKey[], context: Readonly<Record<string, unknown>>) {
  return context[String(name)];
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
