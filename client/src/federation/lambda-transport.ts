import type { InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import { throwIfAborted } from '../device/abort.ts';
import {
  connectionFault,
  isNobodyThere,
  isProxyFault,
  proxyHint,
} from '../device/connection-fault.ts';
import { answerAdvice, describeAnswer } from '../device/not-coordinator.ts';
import { type Attempt, isTransientStatus } from '../device/retry.ts';
import { DeploymentError, InvocationFailedError } from '../protocol/index.ts';
import { describeValue } from '../protocol/json-fault.ts';
import { watchClock } from './clock-difference.ts';
import { type ForeignAnswer, foreignAnswer, isBrokenPayload } from './foreign-answer.ts';
import type { FunctionAddress, OperatorTransport } from './operator-transport.ts';

/** No other attempt makes a service do what it has not. */
const NOT_IMPLEMENTED = 501;

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
  /** A login page in the place of a function that has answered will pass. */
  #hasAnswered = false;

  /** @throws {@link DeploymentError} `function-name-invalid` or `endpoint-invalid`. */
  constructor(address: FunctionAddress) {
    checkAddress(address);
    this.#address = address;
  }

  async invoke(payload: Uint8Array, signal: AbortSignal): Promise<Attempt<Uint8Array>> {
    const { functionName } = this.#address;
    const { InvokeCommand } = await import('@aws-sdk/client-lambda');
    const client = await this.#connect();
    throwIfAborted(signal);
    const clock = watchClock(client.config);
    const command = new InvokeCommand({ FunctionName: functionName, Payload: payload });
    let output: InvokeCommandOutput;
    try {
      output = await client.send(command, { abortSignal: signal });
    } catch (error) {
      throwIfAborted(signal);
      if (clock.wasCorrected()) return signedAgain(clock.difference() ?? '', error);
      const place = { functionName, at: await endpointOf(client), clock: clock.difference() };
      const foreign = foreignAnswer(error);
      if (foreign === undefined) return sortSdkError(place, error);
      return sortForeign({ ...place, ...foreign, isKnown: this.#hasAnswered }, error);
    }
    if (output.FunctionError !== undefined) return functionFailed(functionName, output);
    const value = output.Payload ?? new Uint8Array(0);
    if (isBrokenPayload(value)) {
      return answeredBrokenly(functionName, await endpointOf(client), value);
    }
    this.#hasAnswered = true;
    return { kind: 'done', value };
  }

  async #connect(): Promise<LambdaClient> {
    const { LambdaClient } = await import('@aws-sdk/client-lambda');
    const { proxiedRequestHandler } = await import('#proxy');
    const { region, endpoint } = this.#address;
    const requestHandler = await proxiedRequestHandler();
    this.#client ??= new LambdaClient({
      // Retries are made one level up, where they are bounded together and can be aborted.
      maxAttempts: 1,
      ...(requestHandler === undefined ? {} : { requestHandler }),
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
    });
    return this.#client;
  }
}

function checkAddress({ functionName, endpoint }: FunctionAddress): void {
  if (typeof functionName !== 'string' || functionName.trim() === '') {
    throw new DeploymentError(
      `The function's name is ${describeValue(functionName)}, expected the name or ARN of a Lambda function; the outputs of cdk deploy have it`,
      { code: 'function-name-invalid' },
    );
  }
  if (endpoint === undefined || (/^https?:\/\//.test(endpoint) && URL.canParse(endpoint))) return;
  throw new DeploymentError(
    `The endpoint is ${describeValue(endpoint)}, expected an http or https URL; leave it out for AWS's own`,
    { code: 'endpoint-invalid' },
  );
}

/** Success that is not JSON: a login page, or an answer that was cut on the way. */
function answeredBrokenly(
  functionName: string,
  at: string,
  { length }: Uint8Array,
): Attempt<never> {
  return {
    kind: 'again',
    error: new InvocationFailedError(
      `Function ${functionName} gave no whole answer${at}: status 200 with ${length} bytes that are not JSON; ${answerAdvice(200, 'the endpoint')}, and try again`,
      { code: 'invoke-failed', detail: { status: 200 } },
    ),
  };
}

/** A refusal that is not AWS's says nothing about the function's name or permissions. */
function sortForeign(
  { functionName, at, status, location, isKnown }: Place & ForeignAnswer & { isKnown: boolean },
  cause: unknown,
): Attempt<never> {
  const message = `Function ${functionName} was not reached${at}: ${describeAnswer(status, location)} came, not an answer of AWS Lambda; ${answerAdvice(status, 'the endpoint')}`;
  const detail = { status };
  const isTransient = isTransientStatus(status) && status !== NOT_IMPLEMENTED;
  if (!isTransient && !isKnown) {
    throw new DeploymentError(message, { code: 'invoke-refused', detail, cause });
  }
  const error = new InvocationFailedError(message, { code: 'invoke-failed', detail, cause });
  return { kind: 'again', error };
}

function functionFailed(functionName: string, output: InvokeCommandOutput): Attempt<never> {
  return {
    kind: 'again',
    error: new InvocationFailedError(
      `Function ${functionName} failed (${output.FunctionError}); check that it is the function you mean, look at its log and try again`,
      { code: 'function-error', detail: { functionError: output.FunctionError } },
    ),
  };
}

/** The SDK has learned AWS's time from the refusal; it signs the next request with it. */
function signedAgain(difference: string, cause: unknown): Attempt<never> {
  return {
    kind: 'again',
    error: new InvocationFailedError(
      `This machine's clock is ${difference}; the request is signed again with the time of AWS. Set the clock`,
      { code: 'clock-differs', cause },
    ),
  };
}

/** The SDK keeps an endpoint here once it has looked for one; AWS's own are not worth a word. */
async function endpointOf(client: LambdaClient): Promise<string> {
  const endpoint = await client.config.endpoint?.();
  if (endpoint === undefined) return '';
  const { protocol, hostname, port } = endpoint;
  return ` at ${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
}

/** The fields of an SDK or Node error that tell whether another attempt makes sense. */
interface SdkFault {
  readonly name: string;
  readonly code: string | undefined;
  readonly status: number | undefined;
}

/** Which function could not be invoked, and where. */
interface Place {
  readonly functionName: string;
  /** ` at http://…` of an endpoint other than AWS's own, else empty. */
  readonly at: string;
  /** How this machine's clock differs from AWS's, where it does. */
  readonly clock: string | undefined;
}

function faultOf(error: unknown): SdkFault {
  const fields = (error ?? {}) as {
    name?: unknown;
    $metadata?: { httpStatusCode?: unknown };
  };
  const status = fields.$metadata?.httpStatusCode;
  return {
    name: typeof fields.name === 'string' ? fields.name : 'unknown error',
    code: connectionFault(error),
    status: typeof status === 'number' ? status : undefined,
  };
}

/** Codes that begin so are undici's, through which requests to a proxy go; the proxy's 5xx may pass. */
function isConnectionFault(code: string): boolean {
  if (isProxyFault(code)) return code.startsWith('the proxy answered 5');
  return CONNECTION_FAULTS.has(code) || code.startsWith('UND_ERR_');
}

/** The SDK's name of the error; where that is nothing but `Error`, as for a missing region, what it says. */
function reasonOf(name: string, cause: unknown): string {
  return name === 'Error' ? ((cause as Error).message.split('\n')[0] ?? name) : name;
}

function sortSdkError({ functionName, at, clock }: Place, cause: unknown): Attempt<never> {
  const { name, code, status } = faultOf(cause);
  const shown = code ?? name;
  const detail = { name, ...(status === undefined ? {} : { status }) };
  const isTransient =
    CONNECTION_FAULTS.has(name) ||
    (code !== undefined && isConnectionFault(code)) ||
    (status !== undefined && (status === 429 || (status >= 500 && status !== NOT_IMPLEMENTED)));
  if (!isTransient) {
    throw new DeploymentError(
      `Function ${functionName} can't be invoked${at} (${code !== undefined && isProxyFault(code) ? code : reasonOf(name, cause)}); check the function's name, region, endpoint${proxyHint(cause)}, credentials and the permission lambda:InvokeFunction${clock === undefined ? '' : `, and the clock: it is ${clock}`}`,
      { code: 'invoke-refused', detail, cause },
    );
  }
  return {
    kind: 'again',
    error: new InvocationFailedError(
      `Function ${functionName} did not answer${at} (${shown}); check the connection and the endpoint${proxyHint(cause)} and try again`,
      { code: 'invoke-failed', detail, cause },
    ),
    isNobodyThere: isNobodyThere(code),
  };
}
