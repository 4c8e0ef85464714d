import { Stack, Validations } from 'aws-cdk-lib';
import {
  type IRole,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** Settings of {@link createFunctionRole}. */
export interface FunctionRoleProps {
  readonly logGroup: ILogGroup;
  /** Key of the bucket, for whoever reads and writes there. @default - none */
  readonly encryptionKey?: IKey | undefined;
  /** True lets the function send traces to X-Ray. */
  readonly tracing: boolean;
  /** What this function alone may do. */
  readonly statements: readonly PolicyStatement[];
}

/**
 * A function's role: exactly the statements, one inline policy, so that it is whole when the function
 * first runs. AWS's managed policies are not used, because they name no resource.
 */
export function createFunctionRole(scope: Construct, id: string, props: FunctionRoleProps): IRole {
  const statements = [...props.statements, logStatement(props.logGroup)];
  if (props.encryptionKey !== undefined) statements.push(keyStatement(props.encryptionKey));
  if (props.tracing) statements.push(tracingStatement());
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: { access: new PolicyDocument({ statements }) },
  });
  acknowledgePatterns(role, props);
  return role.withoutPolicyUpdates();
}

/** Says of each pattern of keys, and of nothing else, why it is one. */
function acknowledgePatterns(role: Role, { statements, tracing }: FunctionRoleProps): void {
  const reason = 'The keys below a prefix of the federation’s own bucket are made by its rounds';
  for (const pattern of statements.flatMap((statement) => keyPatternsOf(role, statement))) {
    Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${pattern}]`, reason });
  }
  if (!tracing) return;
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'X-Ray’s actions know no resources',
  });
}

/** `<LogicalId.Arn>/prefix/*`, as cdk-nag writes it. */
function keyPatternsOf(role: Role, statement: PolicyStatement): string[] {
  return statement.resources.flatMap((resource) => {
    const { 'Fn::Join': [, [owner, key] = []] = [] } = Stack.of(role).resolve(resource);
    const isKeyPattern = typeof key === 'string' && key.startsWith('/') && key.includes('*');
    return isKeyPattern ? [`<${owner['Fn::GetAtt'].join('.')}>${key}`] : [];
  });
}

/** The log group is the stack's, so the function creates streams in it and no groups. */
function logStatement(logGroup: ILogGroup): PolicyStatement {
  return new PolicyStatement({
    sid: 'WriteOwnLogs',
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    // Ends in `:*`: the streams of this one group.
    resources: [logGroup.logGroupArn],
  });
}

/** What S3 asks of the key on behalf of whoever gets and puts objects. */
function keyStatement(key: IKey): PolicyStatement {
  return new PolicyStatement({
    sid: 'UseBucketKey',
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: [key.keyArn],
  });
}

/** X-Ray's two actions know no resources. */
function tracingStatement(): PolicyStatement {
  return new PolicyStatement({
    sid: 'SendTraces',
    actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
    resources: ['*'],
  });
}
