import { Readable } from 'node:stream';
import { AwsError } from '../aws-error.ts';
import type { Kill } from '../fault-record.ts';
import type { FaultSubject, RequestFault } from '../faults.ts';
import { parseS3Path } from '../s3/s3-path.ts';
import type { CloudRequest, CloudResponse } from '../service.ts';
import type { FrontOptions } from './front-options.ts';

/** What becomes of a request: an answer, or the end of its connection. */
export type DispatchOutcome = CloudResponse | 'cut';

/** Who is to answer a request. */
export interface Target {
  readonly service: string;
  handle(request: CloudRequest): Promise<CloudResponse>;
}

/** Lets the target answer, with whatever faults the plan has for this request. */
export async function carryOut(
  request: CloudRequest,
  options: Pick<FrontOptions, 'faults' | 'functions'>,
  target: Target,
): Promise<DispatchOutcome> {
  const { faults, functions } = options;
  const subject = faultSubject(request, target.service, functions);
  const kill = faults.kill(subject);
  if (kill?.when === 'before') {
    return killSender(kill, request, functions);
  }
  const fault = faults.requestFault(subject);
  if (fault === 'swallowed-200') {
    request.body.resume();
    return { status: 200, headers: {} };
  }
  if (fault !== undefined && fault !== 'lost-response') {
    throw faultError(fault);
  }
  const response = await target.handle(request);
  if (kill === undefined && fault === undefined) {
    return response;
  }
  if (response.body instanceof Readable) {
    response.body.destroy();
  }
  return kill === undefined ? 'cut' : killSender(kill, request, functions);
}

function killSender(
  kill: Kill,
  request: CloudRequest,
  functions: FrontOptions['functions'],
): 'cut' {
  kill.hasEndedProcess = functions.killProcess(request.sessionToken ?? '');
  return 'cut';
}

function faultSubject(
  request: CloudRequest,
  service: string,
  functions: FrontOptions['functions'],
): FaultSubject {
  const { method, headers, path, sessionToken } = request;
  return {
    service,
    method,
    key: service === 's3' ? parseS3Path(path).key : path,
    isConditionalWrite:
      (method === 'PUT' || method === 'DELETE') &&
      (headers['if-match'] !== undefined || headers['if-none-match'] !== undefined),
    functionName: sessionToken === undefined ? undefined : functions.functionNameOf(sessionToken),
  };
}

function faultError(fault: Exclude<RequestFault, 'lost-response' | 'swallowed-200'>): AwsError {
  switch (fault) {
    case 'slow-down-503':
      return new AwsError('SlowDown', 'Please reduce your request rate');
    case 'conflict-409':
      return new AwsError(
        'ConditionalRequestConflict',
        'A conflicting operation occurred during the processing of this request; try again',
      );
    case 'expired-token-403':
      return new AwsError('ExpiredToken', 'The provided token has expired');
    case 'internal-500':
      return new AwsError('InternalError', 'We encountered an internal error; try again');
  }
}
