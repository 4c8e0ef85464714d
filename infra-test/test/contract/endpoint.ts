import { startLocalCloud } from '../../src/local-cloud/index.ts';

/** Where the contract suite runs: the local cloud, or whatever `AWS_ENDPOINT_URL` names. */
export interface ContractEndpoint {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  close(): Promise<void>;
}

export async function openEndpoint(): Promise<ContractEndpoint> {
  const { env } = process;
  const endpoint = env['AWS_ENDPOINT_URL'];
  if (endpoint === undefined) {
    return startLocalCloud();
  }
  return {
    endpoint,
    region: env['AWS_REGION'] ?? 'us-east-1',
    credentials: {
      accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? 'test',
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? 'test',
    },
    close: () => Promise.resolve(),
  };
}
