/** A federation that `cdk deploy` made, as tests use it. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Federation } from '@tributary/client';
import type { DeployedFederation, Queue } from '../deployment/index.ts';
import { sweepNow } from '../deployment/index.ts';
import { type ExportedIssuer, importIssuer, type TokenIssuer } from '../identity-provider/index.ts';
import { reachableUrl } from './function-url.ts';
import type { StackOutputs } from './stacks.ts';
import type { ClientTarget } from './target.ts';

/** What a test process needs to use a federation that another process deployed. */
export interface FederationDescription {
  readonly outputs: StackOutputs;
  readonly issuer: ExportedIssuer;
}

/** A deployed federation with its operator and its devices' tokens. */
export interface OpenFederation {
  readonly deployed: Omit<DeployedFederation, 'schedule'>;
  readonly identity: TokenIssuer;
  readonly operator: Federation;
  /** A federation as a device's owner holds it: URL and a token for that subject, no more. */
  federationOf(subject: string): Federation;
  /** Ends this object's connections; the federation stays. */
  close(): void;
}

/** Opens a federation by what its stack put out. */
export async function openFederation(
  target: ClientTarget,
  { outputs, issuer }: FederationDescription,
): Promise<OpenFederation> {
  const output = (key: string): string => outputOf(outputs, key);
  const lambda = new LambdaClient(target);
  const sqs = new SQSClient(target);
  const identity = await importIssuer(issuer);
  const coordinatorUrl = reachableUrl(output('CoordinatorUrl'), target.endpoint);
  const coordinatorFunction = output('CoordinatorFunctionName');
  const aggregatorFunction = output('AggregatorFunctionName');
  const [hints, tasks, deadLetters] = await Promise.all(
    (['HintQueueUrl', 'TaskQueueUrl', 'DeadLetterQueueUrl'] as const).map((key) =>
      queueOf(sqs, output(key)),
    ),
  );
  if (hints === undefined || tasks === undefined || deadLetters === undefined) {
    throw new Error('Three URLs gave fewer than three queues');
  }
  const close = (): void => {
    lambda.destroy();
    sqs.destroy();
  };
  return {
    deployed: {
      ...{ coordinatorUrl, coordinatorFunction, aggregatorFunction },
      bucket: output('BucketName'),
      queues: { hints, tasks, deadLetters },
      sweep: () => sweepNow(lambda, aggregatorFunction),
      close,
    },
    identity,
    operator: new Federation({ coordinatorFunction, ...placeOf(target) }),
    federationOf: (subject) =>
      new Federation({ coordinatorUrl, token: () => identity.token({ subject }) }),
    close,
  };
}

function placeOf({ endpoint, region }: ClientTarget): { endpoint?: string; region: string } {
  return { ...(endpoint === undefined ? {} : { endpoint }), region };
}

function outputOf(outputs: StackOutputs, key: string): string {
  const value = outputs[key];
  if (value === undefined) {
    throw new Error(`The stack has no output ${key}; it has ${Object.keys(outputs).join(', ')}`);
  }
  return value;
}

async function queueOf(sqs: SQSClient, url: string): Promise<Queue> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  );
  return { url, arn: Attributes?.['QueueArn'] ?? '' };
}
