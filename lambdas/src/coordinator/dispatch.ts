import { RequestRefusedError } from '@tributary/client/protocol';
import type { Log } from '../log.ts';
import type { Coordinator } from './coordinator.ts';
import { type HttpReply, httpRequestOf, replyRefusing, replyWith } from './device/http.ts';
import { serveDevice } from './device/serve.ts';
import { operate } from './operator/operate.ts';
import { refusalFrom } from './refusal.ts';

export interface DispatchOptions {
  /** Gives the coordinator when it is needed, because an event that is refused needs no settings. */
  readonly provide: () => Coordinator;
  readonly log: Log;
}

/** Answers any event: a device's request, an operator's operation, or neither. Never throws. */
export async function dispatch(
  event: unknown,
  options: DispatchOptions,
): Promise<HttpReply | object> {
  const request = httpRequestOf(event);
  if (request === undefined) return dispatchOperation(event, options);
  try {
    return replyWith(await serveDevice(options.provide(), request));
  } catch (error) {
    logFailure(error, options.log);
    return replyRefusing(refusalFrom(error, { isOperator: false }));
  }
}

async function dispatchOperation(
  event: unknown,
  { provide, log }: DispatchOptions,
): Promise<object> {
  try {
    if (!isOperation(event)) throw eventUnknown();
    return await operate(provide(), event);
  } catch (error) {
    logFailure(error, log);
    return refusalFrom(error, { isOperator: true }).refusal;
  }
}

function isOperation(event: unknown): event is { readonly operation: unknown } {
  return typeof event === 'object' && event !== null && 'operation' in event;
}

function eventUnknown(): RequestRefusedError {
  return new RequestRefusedError(
    'Event is neither a request to the function URL (payload version 2.0) nor an operation; invoke the function with { schema: 1, operation: … }',
    { code: 'event-unknown' },
  );
}

/** Refusals are everyday answers; whatever else happened, somebody has to be able to find. */
function logFailure(error: unknown, log: Log): void {
  if (error instanceof RequestRefusedError && error.code !== 'keys-unavailable') return;
  const { name, message, stack, cause } = error instanceof Error ? error : new Error(String(error));
  log({ level: 'error', event: 'request-failed', name, message, stack, cause: String(cause) });
}
