import { Admission } from './admission.ts';
import type { DeployedFunction } from './deployed-function.ts';
import type { EnvironmentOutcome, ExecutionEnvironment } from './execution-environment.ts';
import { type FunctionLogs, tailOf } from './function-log.ts';
import type { MemoryWatch } from './memory-watch.ts';
import type { FunctionFailure } from './process-messages.ts';
import type { ProcessPool } from './process-pool.ts';
import { newId } from './rest-api.ts';
import type { UsageMeter } from './usage.ts';

/**
 * Largest answer of a function, in bytes of JSON.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const RESPONSE_BYTES_MAX = 6_291_556;

/** Time an import may take before the function's own timeout counts (same page). */
const INIT_MS_MAX = 10_000;

const MEBIBYTE = 1_048_576;

/** One finished invocation. */
export interface Invocation {
  readonly kind: 'done';
  readonly requestId: string;
  /** JSON: the function's result, or the failure. */
  readonly payload: string;
  readonly failure: FunctionFailure | undefined;
  /** Base64 of the log's last 4 KiB. */
  readonly logTail: string;
}

/** What can become of a request to run a function. */
export type InvocationOutcome =
  | Invocation
  /** At its concurrency limit. */
  | { readonly kind: 'throttled' }
  /** Deleted meanwhile, or the cloud is closing. */
  | { readonly kind: 'gone' }
  /** There was nothing to do after all. */
  | { readonly kind: 'unused' };

/** How to run a function. */
export interface InvokeOptions {
  readonly functionName: string;
  /** At the concurrency limit: refuse, or wait for room. */
  readonly atLimit: 'refuse' | 'wait';
  /** Makes the event, as JSON, at the moment a process is ready to take it; undefined if there is none left. */
  readonly payload: () => string | undefined;
}

/** What the invoker works with. */
export interface InvokerOptions {
  readonly pool: ProcessPool;
  readonly logs: FunctionLogs;
  readonly usage: UsageMeter;
  readonly memory: MemoryWatch;
}

/** Runs functions: concurrency limit, process, log, accounting. */
export class Invoker {
  readonly #options: InvokerOptions;
  readonly #admissions = new Map<string, Admission>();
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: InvokerOptions) {
    this.#options = options;
  }

  /** A function's concurrency gate; made at first use. */
  admissionOf(functionName: string): Admission {
    const admission = this.#admissions.get(functionName) ?? new Admission();
    this.#admissions.set(functionName, admission);
    return admission;
  }

  /** Runs one invocation. */
  invoke(options: InvokeOptions): Promise<InvocationOutcome> {
    const running = this.#invoke(options).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  async #invoke(options: InvokeOptions): Promise<InvocationOutcome> {
    const { functionName, atLimit, payload } = options;
    const admission = this.admissionOf(functionName);
    if (atLimit === 'wait') {
      await admission.enter();
    } else if (!admission.tryEnter()) {
      this.#options.usage.add(functionName, { throttles: 1 });
      return { kind: 'throttled' };
    }
    try {
      return await this.#runInProcess(functionName, payload);
    } finally {
      admission.leave();
    }
  }

  /** Lets everything that waits for room run into the closed pool, and waits for the end of all. */
  async close(): Promise<void> {
    for (const admission of this.#admissions.values()) {
      admission.setLimit(undefined);
    }
    await Promise.allSettled(this.#running);
  }

  async #runInProcess(
    functionName: string,
    makePayload: () => string | undefined,
  ): Promise<InvocationOutcome> {
    const { pool, memory } = this.#options;
    const environment = await pool.acquire(functionName);
    if (environment === undefined) {
      return { kind: 'gone' };
    }
    memory.add(environment);
    try {
      const isCold = environment.initMs === undefined;
      if (isCold) {
        await environment.initialise(INIT_MS_MAX + environment.deployed.timeoutSeconds * 1_000);
      }
      const payload = makePayload();
      return payload === undefined
        ? { kind: 'unused' }
        : await this.#run(environment, payload, isCold);
    } finally {
      memory.delete(environment);
      pool.release(environment);
    }
  }

  async #run(
    environment: ExecutionEnvironment,
    payload: string,
    isCold: boolean,
  ): Promise<Invocation> {
    const { logs } = this.#options;
    const { deployed } = environment;
    const requestId = newId();
    let tail = '';
    const log = (text: string): void => {
      tail = tailOf(tail + text);
      logs.append(deployed.name, text);
    };
    log(`START RequestId: ${requestId} Version: $LATEST\n`);
    environment.onOutput = log;
    const startedAtMs = performance.now();
    const outcome = await environment.invoke({
      ...{ requestId, payload },
      deadlineMs: Date.now() + deployed.timeoutSeconds * 1_000,
      functionArn: deployed.arn,
    });
    const durationMs = performance.now() - startedAtMs;
    environment.onOutput = (text) => logs.append(deployed.name, text);
    log(this.#account(environment, { requestId, durationMs, isCold, outcome }));
    return finish(requestId, outcome, Buffer.from(tail).toString('base64'));
  }

  /** Counts an attempt. @returns the log's closing lines. */
  #account(
    { deployed, initMs, peakMemoryBytes }: ExecutionEnvironment,
    attempt: {
      readonly requestId: string;
      readonly durationMs: number;
      readonly isCold: boolean;
      readonly outcome: EnvironmentOutcome;
    },
  ): string {
    const { requestId, durationMs, isCold, outcome } = attempt;
    // An import is billed like any other time.
    const billedMs = Math.ceil(durationMs + (isCold ? (initMs ?? 0) : 0));
    this.#options.usage.add(deployed.name, {
      invocations: 1,
      errors: outcome.kind === 'failed' ? 1 : 0,
      coldStarts: isCold ? 1 : 0,
      gigabyteSeconds: (billedMs / 1_000) * (deployed.memoryMegabytes / 1_024),
    });
    const report = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${durationMs.toFixed(2)} ms`,
      `Billed Duration: ${billedMs} ms`,
      `Memory Size: ${deployed.memoryMegabytes} MB`,
      `Max Memory Used: ${Math.ceil(peakMemoryBytes / MEBIBYTE)} MB`,
      ...(isCold && initMs !== undefined ? [`Init Duration: ${initMs.toFixed(2)} ms`] : []),
    ];
    const failure = describeFailure(requestId, outcome, deployed);
    return `${failure}END RequestId: ${requestId}\n${report.join('\t')}\n`;
  }
}

function describeFailure(
  requestId: string,
  outcome: EnvironmentOutcome,
  { timeoutSeconds }: DeployedFunction,
): string {
  if (outcome.kind === 'returned') {
    return '';
  }
  const time = new Date().toISOString();
  return outcome.failure.errorType === 'Sandbox.Timedout'
    ? `${time} ${requestId} Task timed out after ${timeoutSeconds}.00 seconds\n`
    : `${time}\t${requestId}\tERROR\tInvoke Error\t${JSON.stringify(outcome.failure)}\n`;
}

function finish(requestId: string, outcome: EnvironmentOutcome, logTail: string): Invocation {
  if (outcome.kind === 'failed') {
    const { failure } = outcome;
    const payload = JSON.stringify(failure);
    return { kind: 'done', requestId, payload, failure, logTail };
  }
  const { payload } = outcome;
  if (Buffer.byteLength(payload) > RESPONSE_BYTES_MAX) {
    const failure = {
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: `Response payload size exceeded maximum allowed payload size (${RESPONSE_BYTES_MAX} bytes).`,
    };
    return { kind: 'done', requestId, payload: JSON.stringify(failure), failure, logTail };
  }
  return { kind: 'done', requestId, payload, failure: undefined, logTail };
}
