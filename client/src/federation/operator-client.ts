import * as z from 'zod';
import type { CallContext } from '../device/coordinator-client.ts';
import type { Environment } from '../device/environment.ts';
import {
  type Attempt,
  NOBODY_THERE_TOTAL_MS,
  type RetryContext,
  withRetries,
} from '../device/retry.ts';
import {
  checkJson,
  decodeJson,
  encodeJson,
  InvocationFailedError,
  ObjectInvalidError,
  type Operation,
  type Refusal,
  RequestRefusedError,
  refusalSchema,
} from '../protocol/index.ts';
import { hasOwn } from '../protocol/own-members.ts';
import { invokeWithin } from './invoke-within.ts';
import type { OperatorTransport } from './operator-transport.ts';

/** Longest wait for one invocation: twice the coordinator's own timeout, a cold start included. */
const INVOKE_TIMEOUT_MS = 60_000;

/** An operator or a pipeline waits for the answer: better an error after a minute than after five. */
const OPERATOR_RETRY_TOTAL_MS = 60_000;

/** How the operator's half is reached. */
export interface OperatorClientOptions {
  readonly transport: OperatorTransport;
  readonly environment: Environment;
  /** For messages. */
  readonly coordinatorFunction: string | undefined;
}

/** The operator's half of the coordinator, by invocation; every operation is repeated until answered. */
export class OperatorClient {
  readonly #options: OperatorClientOptions;
  /** A function that was there once is waited for longer. */
  #hasAnswered = false;

  constructor(options: OperatorClientOptions) {
    this.#options = options;
  }

  /**
   * @throws {@link RequestRefusedError} with the refusal's code.
   * @throws {@link InvocationFailedError} when attempts are used up.
   * @throws {@link DeploymentError} `invoke-refused`.
   * @throws {@link ObjectInvalidError} when the answer is not as the protocol says.
   */
  ask<T>(operation: Operation, answer: z.ZodType<T>, { signal, onWait }: CallContext): Promise<T> {
    const { transport, environment, coordinatorFunction = 'of the coordinator' } = this.#options;
    const context: RetryContext = {
      environment,
      signal,
      onWait,
      retryTotalMs: OPERATOR_RETRY_TOTAL_MS,
      nobodyThereTotalMs: this.#hasAnswered ? undefined : NOBODY_THERE_TOTAL_MS,
    };
    const payload = encodeJson(operation);
    const what = operation.operation;
    return withRetries(async () => {
      const invocation = { what, payload, timeoutMs: INVOKE_TIMEOUT_MS };
      const invoked = await invokeWithin(transport, invocation, context);
      if (invoked.kind === 'again') return invoked;
      this.#hasAnswered = true;
      return ofCoordinator({ what, coordinatorFunction }, () =>
        readAnswer(what, invoked.value, answer),
      );
    }, context);
  }
}

interface Asked {
  readonly what: string;
  readonly coordinatorFunction: string;
}

/** Any function may answer; that it is another one is told by what it says. */
function ofCoordinator<T>({ what, coordinatorFunction }: Asked, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof ObjectInvalidError) || cause.code === 'schema-newer') throw cause;
    const { code, detail } = cause;
    throw new ObjectInvalidError(
      `Function ${coordinatorFunction} gave ${what} no coordinator's answer; check that coordinatorFunction is the coordinator function: ${cause.message}`,
      { code, detail, cause },
    );
  }
}

function readAnswer<T>(what: string, payload: Uint8Array, answer: z.ZodType<T>): Attempt<T> {
  const source = `the answer to ${what}`;
  const value = decodeJson(z.unknown(), payload, { source });
  const isRefusal = typeof value === 'object' && value !== null && hasOwn(value, 'error');
  if (!isRefusal) return { kind: 'done', value: checkJson(answer, value, { source }) };
  return refused(checkJson(refusalSchema, value, { source }));
}

/** An invocation has no status: a refusal that says when to ask again is the coordinator's own fault. */
function refused({ error }: Refusal): Attempt<never> {
  const { code, message, detail, retryAfterSeconds } = error;
  if (retryAfterSeconds === undefined) throw new RequestRefusedError(message, { code, detail });
  return {
    kind: 'again',
    retryAfterSeconds,
    error: new InvocationFailedError(message, { code, detail }),
  };
}
