import { type CoordinatorVariable, DEPLOYMENT, environmentOf } from '@tributary/client/deployment';
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
import { bucketStatements } from './statements.ts';

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
      environment: coordinatorEnvironment(props),
      statements: coordinatorStatements(props),
    });
    this.url = this.function.addFunctionUrl({
      // The function checks devices' tokens itself; operators invoke it by IAM.
      authType: FunctionUrlAuthType.NONE,
      cors: corsOf(props.allowedOrigins),
    }).url;
  }
}

function coordinatorEnvironment(props: CoordinatorFunctionProps): Record<string, string> {
  const { issuer, audience, jwksUri, tokenMode } = props.identityProvider;
  return environmentOf<CoordinatorVariable>({
    bucket: props.bucket.bucketName,
    taskQueueUrl: props.taskQueue.queueUrl,
    // A reference that CloudFormation resolves: the template never holds the secret.
    secret: props.secret.unsafeUnwrap(),
    issuer,
    audience,
    jwksUrl: jwksUri,
    tokenMode: tokenMode ?? 'audience',
    aggregatorMegabytes: props.aggregatorMemorySize,
  });
}

function coordinatorStatements({ bucket, taskQueue }: CoordinatorFunctionProps): PolicyStatement[] {
  return [
    ...bucketStatements(bucket, DEPLOYMENT.access.coordinator),
    new PolicyStatement({
      sid: 'SendTasks',
      actions: ['sqs:SendMessage'],
      resources: [taskQueue.queueArn],
    }),
  ];
}

function corsOf(allowedOrigins: readonly string[]): FunctionUrlCorsOptions | undefined {
  if (allowedOrigins.length === 0) return undefined;
  const { coordinatorUrl, preflightSeconds } = DEPLOYMENT.crossOrigin;
  return {
    allowedOrigins: [...allowedOrigins],
    allowedMethods: coordinatorUrl.methods.map((method) => HttpMethod[method]),
    allowedHeaders: [...coordinatorUrl.requestHeaders],
    exposedHeaders: [...coordinatorUrl.responseHeaders],
    maxAge: Duration.seconds(preflightSeconds),
  };
}
