import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Federation } from './federation.ts';
import type { FederationProps } from './federation-props.ts';

/** Settings of {@link FederationStack}. */
export interface FederationStackProps extends StackProps {
  readonly federation: FederationProps;
}

/** A stack of one federation, whose outputs are what devices, operators and their tools need. */
export class FederationStack extends Stack {
  readonly federation: Federation;

  constructor(scope: Construct, id: string, props: FederationStackProps) {
    super(scope, id, props);
    this.federation = new Federation(this, 'Federation', props.federation);
    const { coordinator, aggregator, bucket, queues } = this.federation;
    this.#put('CoordinatorUrl', coordinator.url, 'For devices: where they ask for rounds');
    this.#put('CoordinatorFunctionName', coordinator.function.functionName, 'For operators');
    this.#put('AggregatorFunctionName', aggregator.function.functionName, 'For its logs');
    this.#put('BucketName', bucket.bucket.bucketName, 'All state: models, rounds, updates');
    this.#put('TaskQueueUrl', queues.tasks.queueUrl, 'Steps of the aggregator');
    this.#put('HintQueueUrl', queues.hints.queueUrl, 'Upload events of the bucket');
    this.#put('DeadLetterQueueUrl', queues.deadLetters.queueUrl, 'Messages that failed too often');
    this.#put('Region', this.region, 'Where all of it is');
  }

  #put(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}
