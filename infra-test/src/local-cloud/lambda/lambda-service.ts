import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Credential, CredentialRegistry } from '../credentials.ts';
import type { CloudRequest, CloudResponse, CloudService, FunctionHost } from '../service.ts';
import type { SqsService } from '../sqs/index.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { AsyncInvoker } from './async-invoker.ts';
import { writeBootstrap } from './bootstrap-file.ts';
import { concurrencyRoutes } from './concurrency-routes.ts';
import type { DeployedFunction } from './deployed-function.ts';
import { environmentVariables } from './environment-variables.ts';
import { ExecutionEnvironment } from './execution-environment.ts';
import { FunctionLogs } from './function-log.ts';
import { FunctionRegistry } from './function-registry.ts';
import { functionRoutes } from './function-routes.ts';
import { FunctionUrls } from './function-urls.ts';
import { invokeRoutes } from './invoke-routes.ts';
import { Invoker } from './invoker.ts';
import { MappingRegistry } from './mapping-routes.ts';
import { MemoryWatch } from './memory-watch.ts';
import { ProcessPool } from './process-pool.ts';
import { type Route, serve } from './rest-api.ts';
import { type LambdaCounters, UsageMeter } from './usage.ts';

/** Where functions run and whom they belong to. */
export interface LambdaServiceOptions {
  readonly region: string;
  readonly accountId: string;
  /** Origin of the local cloud, known once it listens. */
  readonly endpoint: () => string;
  readonly queues: SqsService;
  /** Accepts the requests that functions sign. */
  readonly credentials: Pick<CredentialRegistry, 'register' | 'unregister'>;
  /** Gets one file per function. */
  readonly logDirectory: string;
  /** Processes at the same time, over all functions. @default 8 */
  readonly processCountMax?: number | undefined;
  /** Milliseconds after which an idle process is ended. @default 300,000 */
  readonly idleMs?: number | undefined;
  /** Waits before an event's second and third attempt; AWS's minute and two, sixty times as fast. @default [1,000, 2,000] */
  readonly asyncRetryDelaysMs?: readonly number[] | undefined;
}

const PROCESS_COUNT_MAX = 8;
const IDLE_MS = 300_000;
const ASYNC_RETRY_DELAYS_MS = [1_000, 2_000];

/** Lambda: runs functions in processes of their own. */
export class LambdaService implements CloudService, FunctionHost {
  readonly #options: LambdaServiceOptions;
  /** Packages, the bootstrap program and the processes' own files. */
  readonly #directory = makeTemporaryFolder('tributary-lambda-');
  readonly #bootstrapPath: string;
  readonly #functions: FunctionRegistry;
  readonly #logs: FunctionLogs;
  readonly #usage = new UsageMeter();
  readonly #pool: ProcessPool;
  readonly #invoker: Invoker;
  readonly #asyncInvoker: AsyncInvoker;
  readonly #mappings: MappingRegistry;
  readonly #urls: FunctionUrls;
  readonly #routes: readonly Route[];
  /** Processes by session token. */
  readonly #environments = new Map<string, ExecutionEnvironment>();
  readonly #accessKeyIds: string[] = [];

  constructor(options: LambdaServiceOptions) {
    this.#options = options;
    this.#bootstrapPath = writeBootstrap(this.#directory.path);
    this.#logs = new FunctionLogs(options.logDirectory);
    this.#functions = new FunctionRegistry({
      region: options.region,
      accountId: options.accountId,
      directory: join(this.#directory.path, 'packages'),
    });
    this.#pool = new ProcessPool({
      processCountMax: options.processCountMax ?? PROCESS_COUNT_MAX,
      idleMs: options.idleMs ?? IDLE_MS,
      find: (functionName) => this.#functions.find(functionName),
      start: (deployed) => this.#start(deployed),
    });
    this.#invoker = new Invoker({
      pool: this.#pool,
      logs: this.#logs,
      usage: this.#usage,
      memory: new MemoryWatch(),
    });
    const retryDelaysMs = options.asyncRetryDelaysMs ?? ASYNC_RETRY_DELAYS_MS;
    this.#asyncInvoker = new AsyncInvoker(this.#invoker, retryDelaysMs);
    const { region, queues, endpoint } = options;
    this.#mappings = new MappingRegistry(this.#functions, {
      ...{ region, queues },
      invoker: this.#invoker,
    });
    this.#urls = new FunctionUrls({
      registry: this.#functions,
      invoker: this.#invoker,
      endpoint,
    });
    this.#routes = this.#allRoutes();
  }

  handle(request: CloudRequest): Promise<CloudResponse> {
    return serve(this.#routes, 'Lambda', request);
  }

  handleFunctionUrl(request: CloudRequest): Promise<CloudResponse> {
    return this.#urls.handle(request);
  }

  /** Runs an event to its end, retries included, as Scheduler's targets are run; an unknown function is ignored. */
  async invokeEvent(functionArn: string, payload: string): Promise<void> {
    const name = functionArn.split(':').at(-1) ?? '';
    if (this.#functions.find(name)?.arn === functionArn) {
      await this.#asyncInvoker.run(name, payload);
    }
  }

  /** Ends the process that was given this session token, at once. @returns false when there is none. */
  killProcess(sessionToken: string): boolean {
    const environment = this.#environments.get(sessionToken);
    const wasAlive = environment?.isAlive ?? false;
    environment?.kill();
    return wasAlive;
  }

  /** Names the function whose living process was given this session token. */
  functionNameOf(sessionToken: string): string | undefined {
    const environment = this.#environments.get(sessionToken);
    return environment?.isAlive ? environment.deployed.name : undefined;
  }

  /** Invocations, errors, cold starts and gigabyte-seconds so far. */
  counters(): LambdaCounters {
    return this.#usage.snapshot();
  }

  /** What Lambda bills by. */
  usage(): Readonly<Record<string, number>> {
    const { byFunction: _, ...counts } = this.counters();
    return { ...counts };
  }

  /** Ends every process and timer, and removes what was unpacked. */
  async close(): Promise<void> {
    this.#mappings.close();
    this.#asyncInvoker.close();
    await this.#pool.close();
    await this.#invoker.close();
    for (const accessKeyId of this.#accessKeyIds) {
      this.#options.credentials.unregister(accessKeyId);
    }
    await this.#logs.close();
    this.#directory.remove();
  }

  #allRoutes(): Route[] {
    const registry = this.#functions;
    const invoker = this.#invoker;
    return [
      ...invokeRoutes({ registry, invoker, asyncInvoker: this.#asyncInvoker }),
      ...functionRoutes({
        registry,
        onChange: (functionName) => this.#pool.retire(functionName),
        onDelete: (functionName) => {
          this.#urls.deleteOf(functionName);
          invoker.admissionOf(functionName).setLimit(undefined);
        },
        reservedConcurrencyOf: (functionName) => invoker.admissionOf(functionName).limit,
      }),
      ...concurrencyRoutes(registry, invoker),
      ...this.#urls.routes(),
      ...this.#mappings.routes(),
    ];
  }

  #start(deployed: DeployedFunction): ExecutionEnvironment {
    const { region, endpoint, credentials } = this.#options;
    const { sessionToken, ...keys } = newCredential();
    const credential = { ...keys, sessionToken };
    credentials.register(credential);
    this.#accessKeyIds.push(credential.accessKeyId);
    const scratchDirectory = join(this.#directory.path, 'scratch', credential.accessKeyId);
    const environment = new ExecutionEnvironment({
      ...{ deployed, sessionToken },
      variables: environmentVariables(deployed, {
        ...{ region, credential, scratchDirectory },
        endpoint: endpoint(),
      }),
      bootstrapPath: this.#bootstrapPath,
      onOutput: (lines) => this.#logs.append(deployed.name, lines),
    });
    this.#environments.set(sessionToken, environment);
    void environment.closed.then(() => {
      this.#environments.delete(sessionToken);
      rmSync(scratchDirectory, { recursive: true, force: true });
    });
    return environment;
  }
}

/** Keys of a process's own, in the form of a role's temporary ones. */
function newCredential(): Credential & { readonly sessionToken: string } {
  return {
    accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: randomBytes(48).toString('base64'),
  };
}
