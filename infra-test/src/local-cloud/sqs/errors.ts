/** A refusal in the words of the SQS API. */
export class SqsError extends Error {
  override readonly name = 'SqsError';
  /** Shape name of the JSON protocol, as `QueueDoesNotExist`. */
  readonly code: string;
  /** Code of the older query protocol, which current SDKs still show as `error.Code`. */
  readonly queryCode: string;

  /** @param options.queryCode - The older protocol's code. @default code */
  constructor(code: string, message: string, options: { readonly queryCode?: string } = {}) {
    super(message);
    this.code = code;
    this.queryCode = options.queryCode ?? code;
  }
}

/** The queue of a request doesn't exist. */
export function queueDoesNotExist(what: string): SqsError {
  return new SqsError('QueueDoesNotExist', `The specified queue does not exist: ${what}`, {
    queryCode: 'AWS.SimpleQueueService.NonExistentQueue',
  });
}

/** A parameter has a value outside what SQS allows. */
export function invalidParameter(message: string): SqsError {
  return new SqsError('InvalidParameterValue', message);
}

/** A receipt handle that this queue can't have given out. */
export function invalidReceiptHandle(): SqsError {
  return new SqsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid');
}
