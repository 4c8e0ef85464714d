/**
 * What MiniStack's CloudFormation and IAM take otherwise than AWS's, put so that they take it as meant.
 * Everything that is changed here, `cdk/test` asserts on the templates as they were synthesized.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type Json = Readonly<Record<string, unknown>>;

interface Resource {
  readonly Type: string;
  readonly Properties?: Json;
}

interface Template {
  readonly Resources?: Readonly<Record<string, Resource>>;
}

interface Statement {
  readonly Sid?: string;
  readonly Action?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Json>>;
}

/** Stands in for metric math, so that what refers to the alarm still finds one. */
const PLAIN_METRIC = {
  ...{ Namespace: 'Tributary', MetricName: 'Unknown' },
  ...{ Statistic: 'Sum', Period: 60 },
};

/** Rewrites every template of a synthesized app; says aloud what is deployed otherwise. */
export async function adaptTemplates(assembly: string): Promise<void> {
  const names = (await readdir(assembly)).filter((name) => name.endsWith('.template.json'));
  for (const name of names) {
    const file = join(assembly, name);
    const template: Template = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify(adaptTemplate(template)));
  }
}

/** One template as the emulator takes it. */
export function adaptTemplate(template: Template): Template {
  const entries = Object.entries(template.Resources ?? {});
  const Resources = Object.fromEntries(entries.map(([id, each]) => [id, adapt(id, each)]));
  return { ...template, Resources };
}

function adapt(id: string, resource: Resource): Resource {
  const { Type, Properties = {} } = resource;
  if (Type === 'AWS::CloudWatch::Alarm' && 'Metrics' in Properties) {
    say(`without metric math, which its CloudFormation refuses: alarm ${id}`);
    const { Metrics: _, ...others } = Properties;
    return { ...resource, Properties: { ...others, ...PLAIN_METRIC } };
  }
  if (Type === 'AWS::S3::BucketPolicy') {
    const PolicyDocument = changing(Properties['PolicyDocument'], namingSessions);
    return { ...resource, Properties: { ...Properties, PolicyDocument } };
  }
  if (Type !== 'AWS::IAM::Role' || !('Policies' in Properties)) return resource;
  const Policies = (Properties['Policies'] as readonly Json[]).map((policy) => ({
    ...policy,
    PolicyDocument: changing(policy['PolicyDocument'], allowingBatches),
  }));
  return { ...resource, Properties: { ...Properties, Policies } };
}

function changing(document: unknown, change: (statement: Statement) => Statement): unknown {
  const policy = document as { readonly Statement: readonly Statement[] };
  return { ...policy, Statement: policy.Statement.map(change) };
}

/**
 * On AWS `aws:PrincipalArn` is the role's ARN, in MiniStack the session's; both are let through.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html,
 * "aws:PrincipalArn"
 */
function namingSessions(statement: Statement): Statement {
  const { ArnNotEquals, ...conditions } = statement.Condition ?? {};
  const roles = ArnNotEquals?.['aws:PrincipalArn'];
  if (roles === undefined) return statement;
  say(`naming the sessions of roles beside the roles: bucket policy ${statement.Sid ?? ''}`);
  const named = [roles].flat();
  const ArnNotLike = { 'aws:PrincipalArn': [...named, ...named.map(sessionsOf)] };
  return { ...statement, Condition: { ...conditions, ArnNotLike } };
}

/**
 * On AWS `sqs:SendMessage` covers batches, in MiniStack they are an action of their own.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
 */
function allowingBatches(statement: Statement): Statement {
  const actions = [statement.Action ?? []].flat();
  if (!actions.includes('sqs:SendMessage')) return statement;
  say(`with batches beside single messages: role's statement ${statement.Sid ?? ''}`);
  return { ...statement, Action: [...actions, 'sqs:SendMessageBatch'] };
}

function sessionsOf(role: unknown): unknown {
  const [logicalId] = (role as { readonly 'Fn::GetAtt': readonly string[] })['Fn::GetAtt'];
  const parts = ['arn:aws:sts::', { Ref: 'AWS::AccountId' }, ':assumed-role/', { Ref: logicalId }];
  return { 'Fn::Join': ['', [...parts, '/*']] };
}

function say(what: string): void {
  process.stderr.write(`Deployed to the emulator ${what}\n`);
}
