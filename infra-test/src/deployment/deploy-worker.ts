import {
  DEPLOYMENT,
  environmentOf,
  type IdentityVariable,
  type VariableValues,
} from '@tributary/client/deployment';
import { createFunction, type DeployedFunction } from './functions.ts';
import { packageFunction } from './package-functions.ts';
import { type CloudTarget, closeClients, createClients } from './target.ts';

/** What a worker checks its callers' tokens with: what the coordinator of its federation has. */
export interface WorkerIdentity {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  readonly secret: string;
}

/** Settings of {@link deployWorker}. */
export interface WorkerOptions {
  readonly cloud: CloudTarget;
  /** Bucket of its federation. */
  readonly bucket: string;
  /** The worker's id; 1 to 20 of A–Z a–z 0–9 _ -. */
  readonly id: string;
  /** @default - none: whoever may invoke it is the operator */
  readonly identity?: WorkerIdentity | undefined;
  /** In MB. @default 2048, as on AWS */
  readonly memoryMegabytes?: number | undefined;
  /** @default 300, as on AWS */
  readonly timeoutSeconds?: number | undefined;
}

/** The id becomes part of the function's name, which holds 64 characters with the bucket's. */
const WORKER_ID = /^[A-Za-z0-9_-]{1,20}$/;

/**
 * Deploys a worker for remote tensors: one function, with a prefix of the federation's bucket for its own.
 *
 * @throws `RangeError` for an id that can't be part of a function's name.
 */
export async function deployWorker(options: WorkerOptions): Promise<DeployedFunction> {
  const { cloud, bucket, id, identity } = options;
  if (!WORKER_ID.test(id)) {
    throw new RangeError(
      `The worker's id is ${JSON.stringify(id)}, expected 1 to 20 of A–Z a–z 0–9 _ -, for it becomes part of a function's name here; on AWS it may have dots`,
    );
  }
  const limits = DEPLOYMENT.functions.worker;
  const clients = createClients(cloud);
  try {
    return await createFunction(clients.lambda, {
      name: `${bucket}-worker-${id}`,
      code: packageFunction('worker'),
      limits: {
        ...limits,
        memoryMegabytes: options.memoryMegabytes ?? limits.memoryMegabytes,
        timeoutSeconds: options.timeoutSeconds ?? limits.timeoutSeconds,
      },
      environment: environmentOf<'bucket' | 'worker'>({
        bucket,
        worker: id,
        ...(identity === undefined ? {} : identityValues(identity)),
      }),
    });
  } finally {
    closeClients(clients);
  }
}

function identityValues(identity: WorkerIdentity): VariableValues<IdentityVariable> {
  const { secret, issuer, audience, jwksUrl } = identity;
  return { secret, issuer, audience, jwksUrl, tokenMode: 'audience' };
}
