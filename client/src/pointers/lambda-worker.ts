import { LambdaTransport } from '#lambda';
import type { TokenSource } from '../device/token.ts';
import type { OptionNames } from '../protocol/option-names.ts';
import { proxiedEnvironment } from '../proxy/proxied-environment.ts';
import { checkWorker } from './check-worker.ts';
import { CommandQueue } from './command-queue.ts';
import { LambdaWorkerTransport } from './lambda-worker-transport.ts';
import { PointerMisuseError } from './misuse.ts';
import { RemoteWorker } from './remote-worker.ts';
import type { TensorHook } from './tensor-hook.ts';

/** A batch may take as long as a function may run, and it may have to start first. */
const TIMEOUT_MS_DEFAULT = 930_000;

/** Settings of a {@link LambdaWorker}. */
export interface LambdaWorkerOptions {
  /** The id that the worker was deployed with; the same id is the same worker again. */
  readonly id: string;
  /** Name or ARN of its function, which IAM lets the program invoke. */
  readonly functionName: string;
  /**
   * AWS region of the function.
   *
   * @default what the AWS SDK finds
   */
  readonly region?: string | undefined;
  /**
   * Endpoint of the Lambda API.
   *
   * @default what the AWS SDK finds: `AWS_ENDPOINT_URL`, else AWS itself
   */
  readonly endpoint?: string | undefined;
  /**
   * Says who the caller is: a JSON Web Token, or a function asked for one before each batch.
   *
   * @default none: the caller is the operator
   */
  readonly token?: TokenSource | undefined;
  /**
   * Longest wait for the answer to one batch, in milliseconds; then it is sent again, which is
   * harmless. Should be longer than the function may run.
   *
   * @default 930,000
   */
  readonly timeoutMs?: number | undefined;
}

const NAMES: OptionNames<LambdaWorkerOptions> = {
  id: true,
  functionName: true,
  region: true,
  endpoint: true,
  token: true,
  timeoutMs: true,
};

/** A worker that is a Lambda function: its tensors lie in S3, and any number of instances serve it. Node only. */
export class LambdaWorker extends RemoteWorker {
  /** Name or ARN of its function. */
  readonly functionName: string;

  /**
   * @throws TypeError for an id of another form, and when a worker of another class, or of another
   * function, has it; DeploymentError `function-name-invalid` or `endpoint-invalid`.
   */
  constructor(hook: TensorHook, options: LambdaWorkerOptions) {
    checkWorker('LambdaWorker', { hook, options }, NAMES);
    const { id, functionName } = options;
    const same = hook.sameWorker(id, LambdaWorker);
    if (same !== undefined && same.functionName !== functionName) {
      throw new PointerMisuseError(
        `Worker ${id} is the function ${same.functionName} already and can't be ${functionName}; choose another id`,
      );
    }
    super(hook, id, same?.queue ?? new CommandQueue(transportOf(options)));
    this.functionName = functionName;
    hook.register(this);
  }

  override toString(): string {
    return `<LambdaWorker id:${this.id} function:${this.functionName}>`;
  }
}

function transportOf(options: LambdaWorkerOptions): LambdaWorkerTransport {
  const { id: worker, functionName, region, endpoint, token, timeoutMs } = options;
  return new LambdaWorkerTransport({
    worker,
    token,
    environment: proxiedEnvironment,
    transport: new LambdaTransport({ functionName, region, endpoint }),
    timeoutMs: timeoutMs ?? TIMEOUT_MS_DEFAULT,
  });
}
