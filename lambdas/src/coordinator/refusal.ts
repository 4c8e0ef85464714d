import {
  DeploymentError,
  InvocationFailedError,
  ObjectInvalidError,
  type Refusal,
  RequestRefusedError,
} from '@tributary/client/protocol';

/** A refusal with the HTTP status that goes with it. */
export interface StatedRefusal {
  readonly status: number;
  readonly refusal: Refusal;
}

/** Statuses of the refusals that are not simply 409; tokens' are all 401. */
const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  'json-malformed': 400,
  'json-invalid': 400,
  'schema-newer': 400,
  'model-name': 400,
  'path-malformed': 400,
  'not-selected': 403,
  'route-unknown': 404,
  'model-unknown': 404,
  'round-unknown': 404,
  'version-unknown': 404,
  'method-not-allowed': 405,
  'body-too-large': 413,
  'update-too-large': 413,
  'update-too-small': 400,
  'too-many-slots': 429,
  'keys-unavailable': 503,
};

/** Wait before repeating a request that failed by no fault of the caller, in seconds. */
const RETRY_SECONDS = 1;

export interface Hearer {
  /** Operators may know how the federation is deployed, devices are strangers. */
  readonly isOperator: boolean;
}

/** What is said of an error. Only refusals explain themselves to everybody; the rest is in the log. */
export function refusalFrom(error: unknown, { isOperator }: Hearer): StatedRefusal {
  if (error instanceof RequestRefusedError) return refused(error);
  if (error instanceof DeploymentError) {
    const message = isOperator
      ? error.message
      : "The federation is not deployed as it must be; its operator finds the reason in the coordinator's log";
    return { status: 500, refusal: body(error.code, message) };
  }
  if (error instanceof ObjectInvalidError) return storedObjectInvalid(error, isOperator);
  // Operators' answers have no status, so the code alone tells them what a retry may cure.
  const [status, code] =
    error instanceof InvocationFailedError ? [503, 'try-again'] : [500, 'internal'];
  const message =
    'The coordinator failed to answer; send the same request again, asking twice is harmless';
  return { status, refusal: body(code, message, { retryAfterSeconds: RETRY_SECONDS }) };
}

/** What is stored is write-once and stays as it is, so asking again is no use. */
function storedObjectInvalid(error: ObjectInvalidError, isOperator: boolean): StatedRefusal {
  const what = "The federation's bucket holds an object that can't be read";
  const message = isOperator
    ? `${what}: ${error.message}`
    : `${what}; its operator finds the reason in the coordinator's log`;
  return { status: 409, refusal: body('stored-object-invalid', message) };
}

function refused({ code, message, detail }: RequestRefusedError): StatedRefusal {
  const { retryAfterSeconds, ...rest } = detail ?? {};
  const status = code.startsWith('token-') ? 401 : (STATUS_BY_CODE[code] ?? 409);
  return {
    status,
    refusal: body(code, message, {
      ...(Object.keys(rest).length === 0 ? {} : { detail: rest }),
      ...(typeof retryAfterSeconds === 'number' ? { retryAfterSeconds } : {}),
    }),
  };
}

function body(
  code: string,
  message: string,
  more: Pick<Refusal['error'], 'detail' | 'retryAfterSeconds'> = {},
): Refusal {
  return { schema: 1, error: { code, message, ...more } };
}
