import type { CloudTarget } from '../deployment/index.ts';

/** What an SDK client needs to speak to one cloud; AWS itself needs no endpoint. */
export interface ClientTarget extends Omit<CloudTarget, 'endpoint'> {
  readonly endpoint?: string;
}

/** Reads the usual variables; an emulator's region and keys may be left out. */
export function targetOf(environment: Readonly<Record<string, string | undefined>>): ClientTarget {
  const { AWS_ENDPOINT_URL: endpoint, AWS_SESSION_TOKEN: sessionToken } = environment;
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    region: environment['AWS_REGION'] ?? 'us-east-1',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? 'test',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? 'test',
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
  };
}
