import type { Template } from 'aws-cdk-lib/assertions';
import type { Policy, Statement } from './evaluate.ts';
import { resourcesOf, type TemplateResource } from './synthesize.ts';

/** Every policy of a template: of roles, of whom they trust, of bucket and queues, of function URLs. */
export function policiesOf(template: Template): Policy[] {
  return [
    ...each(template, 'AWS::IAM::Role', (id, { Properties }) => [
      ...(Properties['Policies'] ?? []).map((policy: { PolicyDocument: Document }) =>
        policyOf(arn(id), 'identity', policy.PolicyDocument),
      ),
      trustOf(id, Properties['AssumeRolePolicyDocument']),
    ]),
    ...each(template, 'AWS::S3::BucketPolicy', (id, { Properties }) => [
      policyOf(id, 'resource', Properties['PolicyDocument']),
    ]),
    ...each(template, 'AWS::SQS::QueuePolicy', (id, { Properties }) => [
      policyOf(id, 'resource', Properties['PolicyDocument']),
    ]),
    ...each(template, 'AWS::Lambda::Permission', (id, { Properties }) => [
      { owner: id, kind: 'resource', statements: [statementOf(Properties)] },
    ]),
  ];
}

/** The name that stands for a resource's ARN. */
export function arn(logicalId: string): string {
  return `arn:${logicalId}`;
}

interface Document {
  readonly Statement: readonly unknown[];
}

function each(
  template: Template,
  type: string,
  policies: (id: string, resource: TemplateResource) => Policy[],
): Policy[] {
  return Object.entries(resourcesOf(template, type)).flatMap(([id, found]) => policies(id, found));
}

function policyOf(owner: string, kind: Policy['kind'], document: Document): Policy {
  return { owner, kind, statements: resolve(document.Statement) as Statement[] };
}

/** Trust policies name no resource: it is the role they belong to. */
function trustOf(id: string, document: Document): Policy {
  const { statements, ...policy } = policyOf(`${id} (trust)`, 'resource', document);
  return { ...policy, statements: statements.map((each) => ({ ...each, Resource: arn(id) })) };
}

function statementOf(properties: TemplateResource['Properties']): Statement {
  const { FunctionUrlAuthType, InvokedViaFunctionUrl } = properties;
  return resolve({
    Effect: 'Allow',
    Principal: properties['Principal'],
    Action: properties['Action'],
    Resource: properties['FunctionName'],
    Condition: {
      ...(FunctionUrlAuthType && {
        StringEquals: { 'lambda:FunctionUrlAuthType': FunctionUrlAuthType },
      }),
      ...(InvokedViaFunctionUrl && { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } }),
    },
  }) as Statement;
}

/** Replaces intrinsic functions by text. */
function resolve(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== 'object' || value === null) return value;
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
  if (others.length > 0 || !/^(Ref|Fn::.*)$/.test(name)) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolve(each)]));
  }
  return intrinsic(name, resolve(argument));
}

function intrinsic(name: string, argument: unknown): string {
  if (name === 'Ref') return `ref:${argument}`;
  if (name === 'Fn::GetAtt') return arn((argument as string[])[0] ?? '');
  if (name === 'Fn::Join') {
    const [separator, parts] = argument as [string, string[]];
    return parts.join(separator);
  }
  throw new Error(`Intrinsic function ${name} is unknown`);
}
