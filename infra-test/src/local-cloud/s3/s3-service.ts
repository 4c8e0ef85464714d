import { join } from 'node:path';
import { AwsError } from '../aws-error.ts';
import { createEventDelivery } from '../event-delivery.ts';
import type { FaultInjector } from '../faults.ts';
import type { CloudRequest, CloudResponse, CloudService, QueueSink } from '../service.ts';
import { type BucketEntry, openBucketStore } from './bucket-store.ts';
import { corsHeaders, preflightHeaders } from './cors.ts';
import { s3ErrorResponse } from './error-document.ts';
import type { S3Context, S3Request } from './operation.ts';
import { type Route, routeOf } from './routes.ts';
import { parseS3Path } from './s3-path.ts';

/** What the S3 service is made of. */
export interface S3ServiceOptions {
  /** Buckets are kept in its subfolder `s3` and survive a restart. */
  readonly dataDirectory: string;
  readonly region: string;
  readonly queues: QueueSink;
  readonly faults: FaultInjector;
}

/** The S3 API, path style. */
export interface S3Service extends CloudService {
  /** Answers a CORS preflight, which is never signed. */
  preflight(request: Omit<CloudRequest, 'sessionToken'>): CloudResponse;
  /** The CORS headers the bucket's rules give to any answer, an error included. */
  corsHeaders(request: Omit<CloudRequest, 'sessionToken'>): Readonly<Record<string, string>>;
}

/** Opens the S3 service over whatever its data directory holds. */
export function createS3Service(options: S3ServiceOptions): S3Service {
  const { region } = options;
  const store = openBucketStore(join(options.dataDirectory, 's3'));
  const events = createEventDelivery(options.queues, options.faults);
  const entryOf = (path: string): BucketEntry | undefined => {
    try {
      return store.find(parseS3Path(path).bucket);
    } catch {
      return undefined;
    }
  };
  return {
    async handle(request) {
      const s3Request = { ...request, ...parseS3Path(request.path) };
      const route = routeOf(s3Request);
      const response = await runRoute(route, s3Request, { store, events, region });
      return { ...response, operation: route.name };
    },
    preflight(request) {
      const rules = entryOf(request.path)?.settings.cors ?? [];
      const headers = preflightHeaders(rules, request.headers);
      return { status: 200, headers, operation: 'Preflight' };
    },
    corsHeaders(request) {
      return corsHeaders(entryOf(request.path)?.settings.cors ?? [], request);
    },
    close() {
      events.flush();
      store.close();
      return Promise.resolve();
    },
  };
}

async function runRoute(
  route: Route,
  request: S3Request,
  context: S3Context,
): Promise<CloudResponse> {
  try {
    return await route.run(request, context);
  } catch (error) {
    if (error instanceof AwsError) {
      return s3ErrorResponse(error, request);
    }
    throw error;
  }
}
