import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';

/** A cloud to deploy to; the local cloud is one. */
export interface CloudTarget {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** One client of each service a deployment speaks to. */
export interface CloudClients {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly lambda: LambdaClient;
  readonly scheduler: SchedulerClient;
}

/** Makes the clients; {@link closeClients} ends their connections. */
export function createClients({ endpoint, region, credentials }: CloudTarget): CloudClients {
  const common = { endpoint, region, credentials };
  return {
    s3: new S3Client({ ...common, forcePathStyle: true }),
    sqs: new SQSClient(common),
    lambda: new LambdaClient(common),
    scheduler: new SchedulerClient(common),
  };
}

/** Ends the clients' connections, so that a process can end. */
export function closeClients(clients: CloudClients): void {
  for (const client of Object.values(clients)) client.destroy();
}
