import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { DEPLOYMENT, visibilitySeconds } from '@tributary/client/deployment';

/** A queue by both of its names. */
export interface Queue {
  readonly url: string;
  readonly arn: string;
}

/** The queues of a federation. */
export interface Queues {
  /** Upload events of the bucket. */
  readonly hints: Queue;
  /** Steps of the aggregator. */
  readonly tasks: Queue;
  /** Where messages end that were delivered too often. */
  readonly deadLetters: Queue;
}

/** Creates the three queues, or finds them as they are. */
export async function createQueues(sqs: SQSClient, name: string): Promise<Queues> {
  const { deadLetterRetentionSeconds, receiveCountMax } = DEPLOYMENT.queues;
  const deadLetters = await createQueue(sqs, `${name}-dead-letters`, {
    MessageRetentionPeriod: String(deadLetterRetentionSeconds),
  });
  const attributes = {
    VisibilityTimeout: String(visibilitySeconds(DEPLOYMENT.functions.aggregator.timeoutSeconds)),
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: deadLetters.arn,
      maxReceiveCount: receiveCountMax,
    }),
  };
  const [hints, tasks] = await Promise.all([
    createQueue(sqs, `${name}-hints`, attributes),
    createQueue(sqs, `${name}-tasks`, attributes),
  ]);
  return { hints, tasks, deadLetters };
}

async function createQueue(
  sqs: SQSClient,
  name: string,
  attributes: Readonly<Record<string, string>>,
): Promise<Queue> {
  const { QueueUrl: url } = await sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes: attributes }),
  );
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  );
  const arn = Attributes?.['QueueArn'];
  if (url === undefined || arn === undefined) throw new Error(`Queue ${name} has no URL or no ARN`);
  return { url, arn };
}
