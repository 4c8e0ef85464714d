import { type FaultPlan, startLocalCloud } from '../../src/local-cloud/index.ts';
import { registerRows } from './rows.ts';

// Every file of the suite opens an endpoint, so none can forget its rows.
registerRows();

/** Where the contract suite runs: the local cloud, or whatever `AWS_ENDPOINT_URL` names. */
export interface ContractEndpoint {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Only the local cloud misbehaves when asked to. */
  readonly setFaults?: (plan: FaultPlan | undefined) => void;
  close(): Promise<void>;
}

/**
 * Opens the endpoint. `AWS_ENDPOINT_URL` names another one than a local cloud of the file's own,
 * `TRIBUTARY_IMPLEMENTATION` says whose it is, and the usual variables say with which keys and in
 * which region to speak to it.
 */
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
