/*
 * The program of a function's process: imports the deployment package once and runs one invocation after
 * the other. It is shipped to the process as a single file, so it imports nothing but Node's own modules.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import type {
  FunctionFailure,
  InvokeMessage,
  ProcessMessage,
  ProcessState,
} from './process-messages.ts';

type Handler = (event: unknown, context: object) => unknown;

const environment = process.env;
const channel = { send: process.send?.bind(process) };
let requestId = '';

/** Exit codes of AWS's own Node runtime. */
const UNHANDLED_REJECTION_EXIT = 128;
const UNCAUGHT_EXCEPTION_EXIT = 129;

function report(message: ProcessMessage, onSent?: () => void): void {
  channel.send?.(message, undefined, undefined, onSent);
}

function toFailure(error: unknown, errorType?: string): FunctionFailure {
  return error instanceof Error
    ? {
        errorType: errorType ?? error.name,
        errorMessage: error.message,
        trace: error.stack?.split('\n') ?? [],
      }
    : { errorType: errorType ?? typeof error, errorMessage: String(error), trace: [] };
}

function currentState(): ProcessState {
  return {
    residentBytes: process.memoryUsage.rss(),
    stdoutBytes: (process.stdout as NodeJS.WriteStream).bytesWritten,
    stderrBytes: (process.stderr as NodeJS.WriteStream).bytesWritten,
  };
}

/** Console lines get time, request and level, as on AWS. */
function prefixConsole(): void {
  const levels = { debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR' };
  for (const [method, level] of Object.entries(levels)) {
    const write = (...values: unknown[]): void => {
      const time = new Date().toISOString();
      process.stdout.write(`${time}\t${requestId}\t${level}\t${format(...values)}\n`);
    };
    Reflect.set(globalThis.console, method, write);
  }
}

async function loadHandler(): Promise<Handler> {
  const root = environment['LAMBDA_TASK_ROOT'] ?? '.';
  const specification = environment['_HANDLER'] ?? '';
  const dot = specification.lastIndexOf('.');
  const path = join(root, specification.slice(0, dot));
  const file = ['.mjs', '.js', '.cjs'].map((end) => path + end).find((name) => existsSync(name));
  if (file === undefined) {
    throw Object.assign(new Error(`Cannot find module '${specification.slice(0, dot)}'`), {
      name: 'Runtime.ImportModuleError',
    });
  }
  const exported = await import(pathToFileURL(file).href);
  const name = specification.slice(dot + 1);
  const handler = exported[name] ?? exported.default?.[name];
  if (typeof handler !== 'function') {
    throw Object.assign(new Error(`${specification} is undefined or not exported`), {
      name: 'Runtime.HandlerNotFound',
    });
  }
  return handler;
}

function contextOf(message: InvokeMessage): object {
  return {
    awsRequestId: message.requestId,
    invokedFunctionArn: message.functionArn,
    functionName: environment['AWS_LAMBDA_FUNCTION_NAME'],
    functionVersion: environment['AWS_LAMBDA_FUNCTION_VERSION'],
    memoryLimitInMB: environment['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    logGroupName: environment['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: environment['AWS_LAMBDA_LOG_STREAM_NAME'],
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, message.deadlineMs - Date.now()),
  };
}

async function run(handler: Handler, message: InvokeMessage): Promise<void> {
  requestId = message.requestId;
  try {
    const result = await handler(JSON.parse(message.payload), contextOf(message));
    const payload = JSON.stringify(result) ?? 'null';
    report({ kind: 'returned', payload, state: currentState() });
  } catch (error) {
    report({ kind: 'threw', failure: toFailure(error), state: currentState() });
  }
}

function dieOf(failure: FunctionFailure, exitCode: number): void {
  report({ kind: 'died', failure }, () => process.exit(exitCode));
}

async function main(): Promise<void> {
  prefixConsole();
  process.on('disconnect', () => process.exit(0));
  process.on('uncaughtException', (error) => dieOf(toFailure(error), UNCAUGHT_EXCEPTION_EXIT));
  process.on('unhandledRejection', (reason) =>
    dieOf(toFailure(reason, 'Runtime.UnhandledPromiseRejection'), UNHANDLED_REJECTION_EXIT),
  );
  // The channel is the runtime's own; a function that looked for it would find itself in a child process.
  Reflect.deleteProperty(process, 'send');
  try {
    const handler = await loadHandler();
    process.on('message', (message) => void run(handler, message as InvokeMessage));
    report({ kind: 'ready' });
  } catch (error) {
    report({ kind: 'init-failed', failure: toFailure(error) }, () => process.exit(1));
  }
}

void main();
