import {
  DEPLOYMENT,
  environmentOf,
  type WorkerVariable,
  workerAccess,
} from '@tributary/client/deployment';
import {
  DeploymentError,
  isModelName,
  OBJECT_LEASE_SECONDS,
  TOMBSTONE_BYTES_MAX,
  TOMBSTONE_SECONDS,
} from '@tributary/client/protocol';
import { Duration, Validations } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  DockerImageFunction,
  type FunctionOptions,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Federation } from './federation.ts';
import { functionCode } from './function-bundle.ts';
import { createFunctionRole } from './function-role.ts';
import { bucketStatements } from './statements.ts';
import { withWorkerImage } from './worker-image.ts';

/** Settings of {@link RemoteWorker}. */
export interface RemoteWorkerProps {
  /** Whose bucket, users and settings the worker shares. */
  readonly federation: Federation;
  /** The id callers know it by: 1 to 64 of A–Z a–z 0–9 . _ -. @default - the construct's id in lower case */
  readonly workerId?: string;
  /** Memory in MB; also its share of a processor. A batch may hold 512 MB of tensors. @default 2048 */
  readonly memorySize?: number;
  /** Longest run of one batch, at most 15 minutes. @default 5 minutes */
  readonly timeout?: Duration;
  /** Instances kept for it and not exceeded by it. @default - none reserved */
  readonly reservedConcurrency?: number;
  /**
   * True computes heavy operations with TensorFlow's own library, in a container image, which is built
   * with Docker when it is deployed. False computes them with WebAssembly.
   *
   * @default false
   */
  readonly image?: boolean;
}

/**
 * A worker for remote tensors: one function with a prefix of the federation's bucket of its own, and a
 * role that reaches what is in no other object.
 *
 * @example
 * new RemoteWorker(this, 'Bob', { federation });
 */
export class RemoteWorker extends Construct {
  /** The id callers know it by. */
  readonly workerId: string;
  /** What callers invoke; IAM says who may. */
  readonly function: LambdaFunction;
  readonly role: IRole;

  /** @throws `DeploymentError` `worker-id` for an id that keys can't hold. */
  constructor(scope: Construct, id: string, props: RemoteWorkerProps) {
    super(scope, id);
    const { federation } = props;
    const { settings, protection } = federation.shared;
    const { bucket } = federation.bucket;
    this.workerId = checkedId(props.workerId ?? id.toLowerCase());
    const { logRetention: retention, removalPolicy, tracing, encryptionKey } = settings;
    const logGroup = new LogGroup(this, 'Logs', { retention, removalPolicy });
    const statements = bucketStatements(bucket, workerAccess(this.workerId));
    const limits = DEPLOYMENT.functions.worker;
    this.role = createFunctionRole(this, 'Role', { statements, logGroup, tracing, encryptionKey });
    this.function = this.#createFunction(props, {
      role: this.role,
      logGroup,
      description: `Tributary: remote tensors of worker ${this.workerId}`,
      memorySize: props.memorySize ?? limits.memoryMegabytes,
      timeout: props.timeout ?? Duration.seconds(limits.timeoutSeconds),
      environment: workerEnvironment(federation, this.workerId),
      // The secret is among them, which then nobody reads who may not use the key.
      environmentEncryption: encryptionKey,
      reservedConcurrentExecutions: props.reservedConcurrency ?? limits.reservedConcurrency,
      tracing: tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      // The function's own lines are JSON already, and metrics among them must stay as they are.
      loggingFormat: LoggingFormat.TEXT,
    });
    protection.allowReplacing(`workers/${this.workerId}/*`);
    for (const rule of lifecycleOf(this.workerId)) bucket.addLifecycleRule(rule);
  }

  #createFunction({ image = false }: RemoteWorkerProps, options: FunctionOptions): LambdaFunction {
    if (image) {
      // TensorFlow's library for Node is published for this architecture.
      const architecture = Architecture.X86_64;
      return withWorkerImage(
        (code) => new DockerImageFunction(this, 'Function', { ...options, architecture, code }),
      );
    }
    const made = new LambdaFunction(this, 'Function', {
      ...options,
      runtime: Runtime.NODEJS_22_X,
      architecture: Architecture.ARM_64,
      handler: DEPLOYMENT.handler,
      code: functionCode('worker'),
    });
    Validations.of(made).acknowledge({
      id: 'AwsSolutions-L1',
      reason: 'A supported runtime; a newer one comes with a release that tests the bundles on it',
    });
    return made;
  }
}

function checkedId(id: string): string {
  if (isModelName(id)) return id;
  throw new DeploymentError(
    `Worker id ${JSON.stringify(id.slice(0, 80))} can't be part of a key; use 1 to 64 of A–Z a–z 0–9 . _ -, beginning with a letter or digit`,
    { code: 'worker-id' },
  );
}

function workerEnvironment(federation: Federation, worker: string): Record<string, string> {
  const { secret, identityProvider } = federation.shared;
  const { issuer, audience, jwksUri, tokenMode } = identityProvider;
  return environmentOf<WorkerVariable>({
    bucket: federation.bucket.bucket.bucketName,
    worker,
    secret: secret.unsafeUnwrap(),
    issuer,
    audience,
    jwksUrl: jwksUri,
    tokenMode: tokenMode ?? 'audience',
  });
}

/** S3 counts whole days from the last write, which using an object repeats. */
function lifecycleOf(worker: string): LifecycleRule[] {
  const prefix = `workers/${worker}/`;
  const lease = Duration.days(OBJECT_LEASE_SECONDS / 86_400);
  const day = Duration.days(TOMBSTONE_SECONDS / 86_400);
  return [
    { id: `expire-objects-of-${worker}`, prefix: `${prefix}objects/`, expiration: lease },
    {
      id: `expire-tombstones-of-${worker}`,
      prefix: `${prefix}objects/`,
      objectSizeLessThan: TOMBSTONE_BYTES_MAX + 1,
      expiration: day,
    },
    { id: `expire-plans-of-${worker}`, prefix: `${prefix}plans/`, expiration: lease },
    { id: `expire-transfers-of-${worker}`, prefix: `${prefix}transfers/`, expiration: day },
  ];
}
