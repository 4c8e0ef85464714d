import type { RequestCounters } from '../counters.ts';
import type { CredentialRegistry } from '../credentials.ts';
import type { FaultInjector } from '../faults.ts';
import type { S3Service } from '../s3/s3-service.ts';
import type { CloudRequest, CloudService, FunctionHost } from '../service.ts';

/** A request as it came in, before anything is known of its sender. */
export type FrontRequest = Omit<CloudRequest, 'sessionToken'>;

/** What the front serves and by which rules. */
export interface FrontOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly region: string;
  readonly credentials: CredentialRegistry;
  readonly faults: FaultInjector;
  readonly counters: RequestCounters;
  readonly s3: S3Service;
  /** The other services, by the name a credential scope gives them. */
  readonly services: Readonly<Record<string, CloudService>>;
  readonly functions: FunctionHost;
  /** Told of every error that is a fault of the cloud itself. */
  readonly onInternalError: (error: unknown, request: FrontRequest) => void;
}
