/** What each role does in the code, and what it must never do: the rows that policies are held against. */
import {
  claimKey,
  closeKey,
  headKey,
  partialKey,
  planKey,
  resultKey,
  roundKey,
  sealKey,
  stateFileKey,
  updateKey,
  versionFileKey,
} from '@tributary/client/protocol';
import type { Template } from 'aws-cdk-lib/assertions';
import type { Request } from './evaluate.ts';
import { arn } from './policies.ts';
import { KEY_ARN, resourcesOf } from './synthesize.ts';

/** One row: a sentence, a request, and whether it may pass. */
export interface Row {
  readonly name: string;
  readonly request: Request;
  readonly isAllowed: boolean;
}

const ID = { model: 'm', round: 3 } as const;
const DEVICE = 'd'.repeat(43);
const KEYS = {
  plan: planKey('m'),
  head: headKey('m'),
  initial: versionFileKey('m', 0, 'model-0123456789abcdef.safetensors'),
  version: versionFileKey('m', 3, 'model.safetensors'),
  state: stateFileKey('m', 3, 'state.safetensors'),
  round: roundKey(ID),
  close: closeKey(ID),
  seal: sealKey({ ...ID, group: 0, seal: 0 }),
  result: resultKey(ID),
  update: updateKey({ ...ID, group: 0, device: DEVICE }),
  partial: partialKey({ ...ID, group: 0, seal: 0, shard: 0 }),
  claim: claimKey({ ...ID, work: 'fold-0-0-0', window: 1 }),
} as const;
type KeyName = keyof typeof KEYS;

const TLS = { 'aws:SecureTransport': 'true' } as const;
const ONCE = { 's3:if-none-match': '*', 's3:ObjectCreationOperation': 'true' } as const;
const REPLACE = { 's3:if-match': '"etag"', 's3:ObjectCreationOperation': 'true' } as const;

/** Every row of a federation's template. */
export function rowsOf(template: Template): Row[] {
  const names = namesIn(template);
  return [
    ...objectRows(names),
    ...conditionRows(names),
    ...queueRows(names),
    ...listRows(names),
    ...serviceRows(names),
  ];
}

/** Rows of the props that add statements. */
export function keyAndTraceRowsOf(template: Template): Row[] {
  const { coordinator, aggregator } = namesIn(template);
  const roles = Object.entries({ coordinator, aggregator });
  return roles.flatMap(([name, principal]) => [
    ...['kms:Decrypt', 'kms:GenerateDataKey'].map((action) =>
      row(`the ${name} may ${action} with the bucket's key`, true, {
        ...{ principal, action, resource: KEY_ARN, context: {} },
      }),
    ),
    row(`the ${name} may not use another key`, false, {
      ...{ principal, action: 'kms:Decrypt', resource: `${KEY_ARN}2`, context: {} },
    }),
    ...['xray:PutTraceSegments', 'xray:PutTelemetryRecords'].map((action) =>
      row(`the ${name} may ${action}`, true, { principal, action, resource: '*', context: {} }),
    ),
  ]);
}

type Names = ReturnType<typeof namesIn>;

function namesIn(template: Template) {
  const find = (type: string, part: string): string => {
    const ids = Object.keys(resourcesOf(template, type)).filter((id) => id.includes(part));
    if (ids[0] === undefined || ids.length > 1) {
      throw new Error(`${ids.length} resources of ${type} have ${part} in their ids, expected 1`);
    }
    return arn(ids[0]);
  };
  return {
    bucket: find('AWS::S3::Bucket', 'Bucket'),
    hints: find('AWS::SQS::Queue', 'Hints'),
    tasks: find('AWS::SQS::Queue', 'Tasks'),
    deadLetters: find('AWS::SQS::Queue', 'DeadLetters'),
    coordinator: find('AWS::IAM::Role', 'CoordinatorRole'),
    aggregator: find('AWS::IAM::Role', 'AggregatorRole'),
    sweep: find('AWS::IAM::Role', 'SweepRole'),
    coordinatorFunction: find('AWS::Lambda::Function', 'Coordinator'),
    aggregatorFunction: find('AWS::Lambda::Function', 'Aggregator'),
    coordinatorLogs: find('AWS::Logs::LogGroup', 'Coordinator'),
    aggregatorLogs: find('AWS::Logs::LogGroup', 'Aggregator'),
  };
}

function row(name: string, isAllowed: boolean, request: Request): Row {
  const context = { 'aws:PrincipalArn': request.principal, ...TLS, ...request.context };
  return { name, isAllowed, request: { ...request, context } };
}

/** Who may read and write what; every pair that is not listed must be refused. */
const READS: Record<'coordinator' | 'aggregator', readonly KeyName[]> = {
  coordinator: ['plan', 'head', 'initial', 'version', 'round', 'close', 'seal', 'result'],
  aggregator: Object.keys(KEYS) as KeyName[],
};
const WRITES: Record<'coordinator' | 'aggregator', readonly KeyName[]> = {
  coordinator: ['plan', 'head', 'initial', 'round', 'close', 'result', 'update'],
  aggregator: [
    ...(['head', 'initial', 'version', 'state', 'round'] as const),
    ...(['close', 'seal', 'result', 'partial', 'claim'] as const),
  ],
};

function objectRows(names: Names): Row[] {
  return (['coordinator', 'aggregator'] as const).flatMap((name) =>
    (Object.keys(KEYS) as KeyName[]).flatMap((key) => {
      const object = { principal: names[name], resource: `${names.bucket}/${KEYS[key]}` };
      const reads = READS[name].includes(key);
      const writes = WRITES[name].includes(key);
      return [
        row(`the ${name} may ${reads ? '' : 'not '}read a ${key}`, reads, {
          ...{ ...object, action: 's3:GetObject', context: {} },
        }),
        row(`the ${name} may ${writes ? '' : 'not '}write a ${key}`, writes, {
          ...{ ...object, action: 's3:PutObject', context: ONCE },
        }),
        row(`the ${name} may not delete a ${key}`, false, {
          ...{ ...object, action: 's3:DeleteObject', context: {} },
        }),
      ];
    }),
  );
}

/** An administrator is allowed everything by a policy of their own; the bucket refuses all the same. */
export const ADMINISTRATOR = 'arn:administrator';

function conditionRows(names: Names): Row[] {
  const put = (principal: string, key: KeyName, context: Request['context']): Request => ({
    ...{ principal, action: 's3:PutObject', resource: `${names.bucket}/${KEYS[key]}`, context },
  });
  const remove = (action: string, key: KeyName): Request => ({
    ...{ principal: ADMINISTRATOR, action, context: {} },
    resource: `${names.bucket}/${KEYS[key]}`,
  });
  const { coordinator, aggregator } = names;
  const whole = { 's3:ObjectCreationOperation': 'true' };
  return [
    row('a head may be replaced by comparison', true, put(aggregator, 'head', REPLACE)),
    row('the coordinator may replace a head too', true, put(coordinator, 'head', REPLACE)),
    row('a head may not be replaced blindly', false, put(aggregator, 'head', whole)),
    row('an administrator may not move a head', false, put(ADMINISTRATOR, 'head', REPLACE)),
    row('an administrator may repair a version', true, put(ADMINISTRATOR, 'version', ONCE)),
    ...(Object.keys(KEYS) as KeyName[]).flatMap((key) => [
      row(`nobody may write a ${key} without a condition`, false, put(ADMINISTRATOR, key, whole)),
      row(`nobody may upload a ${key} in parts`, false, {
        ...put(ADMINISTRATOR, key, { ...ONCE, 's3:ObjectCreationOperation': 'false' }),
      }),
    ]),
    ...(['s3:DeleteObject', 's3:DeleteObjectVersion'] as const).flatMap((action) => [
      ...(['plan', 'head', 'round', 'close', 'seal', 'result'] as const).map((key) =>
        row(`nobody may ${action} of a ${key}`, false, remove(action, key)),
      ),
      ...(['version', 'state', 'update', 'partial', 'claim'] as const).map((key) =>
        row(`an administrator may ${action} of a ${key}`, true, remove(action, key)),
      ),
    ]),
    row('nobody may read without TLS', false, {
      ...{
        principal: aggregator,
        action: 's3:GetObject',
        resource: `${names.bucket}/models/m/plan.json`,
      },
      context: { 'aws:SecureTransport': 'false' },
    }),
    row('nobody may list without TLS', false, {
      ...{ principal: aggregator, action: 's3:ListBucket', resource: names.bucket },
      context: { 'aws:SecureTransport': 'false', 's3:prefix': 'models/' },
    }),
  ];
}

function listRows({ bucket, coordinator, aggregator }: Names): Row[] {
  const list = (principal: string, prefix?: string): Request => ({
    ...{ principal, action: 's3:ListBucket', resource: bucket },
    context: prefix === undefined ? {} : { 's3:prefix': prefix },
  });
  return [
    row('the coordinator may list models', true, list(coordinator, 'models/')),
    row('the coordinator may look for one update', true, list(coordinator, KEYS.update)),
    row('the coordinator may not list partials', false, list(coordinator, 'partials/0/')),
    row('the coordinator learns that a key is missing', true, list(coordinator)),
    row('the aggregator may list models', true, list(aggregator, 'models/')),
    row('the aggregator may list updates', true, list(aggregator, 'updates/0/m/3/')),
    row('the aggregator may list partials', true, list(aggregator, 'partials/0/m/3/')),
    row('the aggregator may not list rounds', false, list(aggregator, 'rounds/')),
    row('the aggregator learns that a key is missing', true, list(aggregator)),
  ];
}

const RECEIVE = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'] as const;

function queueRows(names: Names): Row[] {
  const { hints, tasks, deadLetters, coordinator, aggregator, sweep } = names;
  const send = { action: 'sqs:SendMessage', context: {} } as const;
  const s3 = { principal: 's3.amazonaws.com', action: 'sqs:SendMessage' } as const;
  const own = {
    'aws:SourceAccount': 'ref:AWS::AccountId',
    'aws:SourceArn': 'arn:ref:AWS::Partition:s3:::b',
  };
  const plain = { 'aws:SecureTransport': 'false' } as const;
  return [
    row('the coordinator may send tasks', true, {
      ...send,
      principal: coordinator,
      resource: tasks,
    }),
    row('the coordinator may not send hints', false, {
      ...send,
      principal: coordinator,
      resource: hints,
    }),
    row('the aggregator may send tasks', true, { ...send, principal: aggregator, resource: tasks }),
    row('the aggregator may not send dead letters', false, {
      ...send,
      principal: aggregator,
      resource: deadLetters,
    }),
    row('a failed sweep may be kept', true, { ...send, principal: sweep, resource: deadLetters }),
    row('the schedule may not send tasks', false, { ...send, principal: sweep, resource: tasks }),
    ...[hints, tasks].flatMap((resource) =>
      RECEIVE.flatMap((action) => [
        row(`the aggregator may ${action} of ${resource}`, true, {
          principal: aggregator,
          action,
          resource,
          context: {},
        }),
        row(`the coordinator may not ${action} of ${resource}`, false, {
          principal: coordinator,
          action,
          resource,
          context: {},
        }),
      ]),
    ),
    row('buckets of this account may send hints', true, { ...s3, resource: hints, context: own }),
    row('buckets of this account may not send tasks', false, {
      ...s3,
      resource: tasks,
      context: own,
    }),
    row('buckets of others may not send hints', false, {
      ...s3,
      resource: hints,
      context: { ...own, 'aws:SourceAccount': '9' },
    }),
    row('other services’ events are no hints', false, {
      ...s3,
      resource: hints,
      context: { ...own, 'aws:SourceArn': 'arn:aws:sns:x' },
    }),
    row('nobody may send hints without TLS', false, {
      ...s3,
      resource: hints,
      context: { ...own, ...plain },
    }),
    row('nobody may send tasks without TLS', false, {
      ...send,
      principal: coordinator,
      resource: tasks,
      context: plain,
    }),
    row('nobody may send dead letters without TLS', false, {
      ...send,
      principal: sweep,
      resource: deadLetters,
      context: plain,
    }),
  ];
}

function serviceRows(names: Names): Row[] {
  const { coordinator, aggregator, sweep, coordinatorFunction, aggregatorFunction } = names;
  const assume = (principal: string, resource: string, context = {}): Request => ({
    ...{ principal, action: 'sts:AssumeRole', resource, context },
  });
  const call = (principal: string, resource: string, context = {}): Request => ({
    ...{ principal, action: 'lambda:InvokeFunction', resource, context },
  });
  const ours = { 'aws:SourceAccount': 'ref:AWS::AccountId' };
  const url = {
    action: 'lambda:InvokeFunctionUrl',
    context: { 'lambda:FunctionUrlAuthType': 'NONE' },
  };
  const viaUrl = { 'lambda:InvokedViaFunctionUrl': 'true' };
  return [
    row('Lambda may run as the coordinator', true, assume('lambda.amazonaws.com', coordinator)),
    row('Lambda may run as the aggregator', true, assume('lambda.amazonaws.com', aggregator)),
    row('Scheduler may run as the sweep', true, assume('scheduler.amazonaws.com', sweep, ours)),
    row('Scheduler may not for another account', false, assume('scheduler.amazonaws.com', sweep)),
    row('the coordinator may not become the aggregator', false, assume(coordinator, aggregator)),
    row('the schedule may start the aggregator', true, call(sweep, aggregatorFunction)),
    row('the schedule may not call the coordinator', false, call(sweep, coordinatorFunction)),
    row('anybody may ask the URL', true, {
      ...url,
      principal: 'anonymous',
      resource: coordinatorFunction,
    }),
    row('a URL that asks for IAM is nobody’s', false, {
      ...{ ...url, principal: 'anonymous', resource: coordinatorFunction },
      context: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' },
    }),
    row('anybody’s request may run it', true, call('anonymous', coordinatorFunction, viaUrl)),
    row('nobody may invoke it without IAM', false, call('anonymous', coordinatorFunction)),
    row('the aggregator has no URL', false, {
      ...url,
      principal: 'anonymous',
      resource: aggregatorFunction,
    }),
    ...logRows(coordinator, names.coordinatorLogs, names.aggregatorLogs),
    ...logRows(aggregator, names.aggregatorLogs, names.coordinatorLogs),
  ];
}

function logRows(principal: string, own: string, others: string): Row[] {
  return ['logs:CreateLogStream', 'logs:PutLogEvents'].flatMap((action) => [
    row(`${principal} may ${action} of its own`, true, {
      principal,
      action,
      resource: own,
      context: {},
    }),
    row(`${principal} may not ${action} of the other's`, false, {
      principal,
      action,
      resource: others,
      context: {},
    }),
  ]);
}
