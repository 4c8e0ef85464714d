import { Duration, type SecretValue } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  FunctionUrlAuthType,
  type FunctionUrlCorsOptions,
  HttpMethod,
} from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { FederationFunction, type SharedFunctionProps } from './federation-function.ts';
import type { IdentityProvider } from './identity-provider.ts';
import { listStatement, objectsStatement } from './statements.ts';

/** Settings of {@link CoordinatorFunction}. */
export interface CoordinatorFunctionProps extends SharedFunctionProps {
  readonly bucket: IBucket;
  readonly taskQueue: IQueue;
  /** Key of pseudonyms and selection. */
  readonly secret: SecretValue;
  readonly identityProvider: IdentityProvider;
  readonly allowedOrigins: readonly string[];
  /** Memory of the aggregator, in MB, which a model has to fit. */
  readonly aggregatorMemorySize: number;
  readonly memorySize: number;
  readonly timeout: Duration;
  readonly reservedConcurrency?: number | undefined;
}

/** The function that devices ask by URL and operators invoke. */
export class CoordinatorFunction extends FederationFunction {
  /** Where devices send their requests. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: CoordinatorFunctionProps) {
    super(scope, id, {
      ...props,
      bundle: 'coordinator',
      description: 'Tributary: answers devices and operators',
      environment: environmentOf(props),
      statements: coordinatorStatements(props),
    });
    this.url = this.function.addFunctionUrl({
      // The function checks devices' tokens itself; operators invoke it by IAM.
      authType: FunctionUrlAuthType.NONE,
      cors: corsOf(props.allowedOrigins),
    }).url;
  }
}

function environmentOf(props: CoordinatorFunctionProps): Record<string, string> {
  const { issuer, audience, jwksUri, tokenMode } = props.identityProvider;
  return {
    TRIBUTARY_BUCKET: props.bucket.bucketName,
    TRIBUTARY_TASK_QUEUE_URL: props.taskQueue.queueUrl,
    // A reference that CloudFormation resolves: the template never holds the secret.
    TRIBUTARY_SECRET: props.secret.unsafeUnwrap(),
    TRIBUTARY_ISSUER: issuer,
    TRIBUTARY_AUDIENCE: audience,
    TRIBUTARY_JWKS_URL: jwksUri,
    TRIBUTARY_TOKEN_MODE: tokenMode ?? 'audience',
    TRIBUTARY_AGGREGATOR_MEMORY_MB: String(props.aggregatorMemorySize),
  };
}

/** Reads models and rounds and never an update; whoever it gives a slot can put one. */
function coordinatorStatements({ bucket, taskQueue }: CoordinatorFunctionProps): PolicyStatement[] {
  return [
    objectsStatement(bucket, {
      sid: 'ReadModelsAndRounds',
      action: 's3:GetObject',
      keys: ['models/*/plan.json', 'models/*/head.json', 'models/*/versions/*', 'rounds/*'],
    }),
    objectsStatement(bucket, {
      sid: 'CreateModelsAndRounds',
      action: 's3:PutObject',
      keys: [
        'models/*/plan.json',
        'models/*/head.json',
        'models/*/versions/0/*',
        'rounds/*/round.json',
        'rounds/*/close.json',
        'rounds/*/result.json',
      ],
    }),
    objectsStatement(bucket, {
      sid: 'GiveSlots',
      action: 's3:PutObject',
      keys: ['updates/*'],
    }),
    listStatement(bucket, ['models/', 'updates/*']),
    new PolicyStatement({
      sid: 'SendTasks',
      actions: ['sqs:SendMessage'],
      resources: [taskQueue.queueArn],
    }),
  ];
}

function corsOf(allowedOrigins: readonly string[]): FunctionUrlCorsOptions | undefined {
  if (allowedOrigins.length === 0) return undefined;
  return {
    allowedOrigins: [...allowedOrigins],
    allowedMethods: [HttpMethod.GET, HttpMethod.POST],
    allowedHeaders: ['authorization', 'content-type'],
    exposedHeaders: ['date', 'retry-after'],
    maxAge: Duration.hours(1),
  };
}
