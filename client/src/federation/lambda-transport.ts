import type { InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import type { Attempt } from '../device/retry.ts';
import { DeploymentError, InvocationFailedError } from '../protocol/index.ts';
import type { FunctionAddress, OperatorTransport } from './operator-transport.ts';

/** Error names of the AWS SDK and codes of Node for connections that failed or broke. */
const CONNECTION_FAULTS: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'NetworkError',
  'TimeoutError',
]);

/**
 * Invokes a function by the AWS SDK, which is loaded on the first call: a device never loads it.
 */
export class LambdaTransport implements OperatorTransport {
  readonly #address: FunctionAddress;
  #client: LambdaClient | undefined;

  constructor(address: FunctionAddress) {
    this.#address = address;
  }

  async invoke(payload: Uint8Array, signal: AbortSignal): Promise<Attempt<Uint8Array>> {
    const { functionName } = this.#address;
    const { InvokeCommand } = await import('@aws-sdk/client-lambda');
    const client = await this.#connect();
    signal.throwIfAborted();
    const command = new InvokeCommand({ FunctionName: functionName, Payload: payload });
    let output: InvokeCommandOutput;
    try {
      output = await client.send(command, { abortSignal: signal });
    } catch (error) {
      signal.throwIfAborted();
      return sortSdkError(functionName, error);
    }
    return sortOutput(functionName, output);
  }

  async #connect(): Promise<LambdaClient> {
    const { LambdaClient } = await import('@aws-sdk/client-lambda');
    const { region, endpoint } = this.#address;
    this.#client ??= new LambdaClient({
      // Retries are made one level up, where they are bounded together and can be aborted.
      maxAttempts: 1,
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
    });
    return this.#client;
  }
}

function sortOutput(functionName: string, output: InvokeCommandOutput): Attempt<Uint8Array> {
  if (output.FunctionError === undefined) {
    return { kind: 'done', value: output.Payload ?? new Uint8Array(0) };
  }
  return {
    kind: 'again',
    error: new InvocationFailedError(
      `Function ${functionName} failed (${output.FunctionError}); look at its log and try again`,
      { code: 'function-error', detail: { functionError: output.FunctionError } },
    ),
  };
}

/** The fields of an SDK or Node error that tell whether another attempt makes sense. */
interface SdkFault {
  readonly name: string;
  readonly code: string | undefined;
  readonly status: number | undefined;
}

function faultOf(error: unknown): SdkFault {
  const fields = (error ?? {}) as {
    name?: unknown;
    code?: unknown;
    $metadata?: { httpStatusCode?: unknown };
  };
  const status = fields.$metadata?.httpStatusCode;
  return {
    name: typeof fields.name === 'string' ? fields.name : 'unknown error',
    code: typeof fields.code === 'string' ? fields.code : undefined,
    status: typeof status === 'number' ? status : undefined,
  };
}

function sortSdkError(functionName: string, cause: unknown): Attempt<never> {
  const { name, code, status } = faultOf(cause);
  const detail = { name, ...(status === undefined ? {} : { status }) };
  const isTransient =
    CONNECTION_FAULTS.has(name) ||
    (code !== undefined && CONNECTION_FAULTS.has(code)) ||
    (status !== undefined && (status === 429 || status >= 500));
  if (!isTransient) {
    throw new DeploymentError(
      `Function ${functionName} can't be invoked (${name}); check the function's name, region, endpoint, credentials and the permission lambda:InvokeFunction`,
      { code: 'invoke-refused', detail, cause },
    );
  }
  return {
    kind: 'again',
    error: new InvocationFailedError(
      `Function ${functionName} did not answer (${name}); check the connection and try again`,
      { code: 'invoke-failed', detail, cause },
    ),
  };
}
