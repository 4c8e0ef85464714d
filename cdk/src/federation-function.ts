import { DEPLOYMENT, type FunctionName } from '@tributary/client/deployment';
import { type Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { functionCode } from './function-bundle.ts';
import { createFunctionRole } from './function-role.ts';

/** What both functions are given alike. */
export interface SharedFunctionProps {
  readonly logRetention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
  readonly tracing: boolean;
  /** @default - the bucket has S3's own key */
  readonly encryptionKey?: IKey | undefined;
}

/** Settings of {@link FederationFunction}. */
export interface FederationFunctionProps extends SharedFunctionProps {
  readonly bundle: FunctionName;
  readonly description: string;
  readonly memorySize: number;
  readonly timeout: Duration;
  /** @default - none reserved */
  readonly reservedConcurrency?: number | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** What its role allows besides writing its own logs. */
  readonly statements: readonly PolicyStatement[];
}

/** One function of a federation with its log group and its role. */
export class FederationFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: IRole;

  constructor(scope: Construct, id: string, props: FederationFunctionProps) {
    super(scope, id);
    const { logRetention: retention, removalPolicy, tracing } = props;
    const logGroup = new LogGroup(this, 'Logs', { retention, removalPolicy });
    this.role = createFunctionRole(this, 'Role', { ...props, logGroup });
    this.function = new LambdaFunction(this, 'Function', {
      ...{ role: this.role, logGroup },
      runtime: Runtime.NODEJS_22_X,
      architecture: Architecture.ARM_64,
      handler: DEPLOYMENT.handler,
      code: functionCode(props.bundle),
      description: props.description,
      memorySize: props.memorySize,
      timeout: props.timeout,
      environment: { ...props.environment },
      // The secret is among them, which then nobody reads who may not use the key.
      environmentEncryption: props.encryptionKey,
      reservedConcurrentExecutions: props.reservedConcurrency,
      tracing: tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      // The functions' own lines are JSON already, and metrics among them must stay as they are.
      loggingFormat: LoggingFormat.TEXT,
      // Upload → aggregator → task → aggregator is a loop on purpose, bounded by write-once names.
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    Validations.of(this.function).acknowledge({
      id: 'AwsSolutions-L1',
      reason: 'A supported runtime; a newer one comes with a release that tests the bundles on it',
    });
  }
}
