import { AddPermissionCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { type ClientTarget, targetOf } from '../../src/emulator/target.ts';
import { type FaultPlan, startLocalCloud } from '../../src/local-cloud/index.ts';
import { IMPLEMENTATION, registerRows } from './rows.ts';

// Every file of the suite opens an endpoint, so none can forget its rows.
registerRows();

/** Where the contract suite runs: the local cloud, or whatever `AWS_ENDPOINT_URL` names. */
export interface ContractEndpoint {
  /** Settings that every SDK client there needs. */
  readonly client: ClientTarget;
  /** Where objects are, by path. */
  readonly s3Url: string;
  /** Role of functions and schedules; it may do what the suite has them do. */
  readonly roleArn: string;
  /** Lets anybody call a function's URL; nothing where nobody asks for leave. */
  readonly permit: (lambda: LambdaClient, functionName: string) => Promise<void>;
  /** Only the local cloud misbehaves when asked to. */
  readonly setFaults?: (plan: FaultPlan | undefined) => void;
  close(): Promise<void>;
}

/**
 * Opens the endpoint. `TRIBUTARY_IMPLEMENTATION` says that it is another one than a local cloud of
 * the file's own, `AWS_ENDPOINT_URL` where it is, `TRIBUTARY_CONTRACT_ROLE` which role functions
 * get, and the usual variables say with which keys and in which region to speak to it.
 */
export async function openEndpoint(): Promise<ContractEndpoint> {
  const { env } = process;
  const roleArn = env['TRIBUTARY_CONTRACT_ROLE'] ?? 'arn:aws:iam::000000000000:role/contract';
  if (IMPLEMENTATION === 'local cloud') {
    const cloud = await startLocalCloud();
    const { endpoint, region, credentials } = cloud;
    return {
      client: { endpoint, region, credentials },
      s3Url: endpoint,
      roleArn,
      permit: () => Promise.resolve(),
      setFaults: cloud.setFaults,
      close: () => cloud.close(),
    };
  }
  const client = targetOf(env);
  return {
    client,
    s3Url: client.endpoint ?? `https://s3.${client.region}.amazonaws.com`,
    roleArn,
    permit: permitEverybody,
    close: () => Promise.resolve(),
  };
}

/**
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html, "Using the NONE auth type": both
 * statements are needed
 */
async function permitEverybody(lambda: LambdaClient, FunctionName: string): Promise<void> {
  const common = { FunctionName, Principal: '*' };
  await lambda.send(
    new AddPermissionCommand({
      ...{ ...common, StatementId: 'url', Action: 'lambda:InvokeFunctionUrl' },
      FunctionUrlAuthType: 'NONE',
    }),
  );
  await lambda.send(
    new AddPermissionCommand({
      ...{ ...common, StatementId: 'invoke', Action: 'lambda:InvokeFunction' },
      InvokedViaFunctionUrl: true,
    }),
  );
}
