import type { DeployedFunction } from './deployed-function.ts';
import type { ExecutionEnvironment } from './execution-environment.ts';

/** What the pool needs from its surroundings. */
export interface ProcessPoolOptions {
  /** Processes at the same time, over all functions. */
  readonly processCountMax: number;
  /** Milliseconds after which an idle process is ended. */
  readonly idleMs: number;
  /** The present state of a function; undefined once it is deleted. */
  readonly find: (functionName: string) => DeployedFunction | undefined;
  readonly start: (deployed: DeployedFunction) => ExecutionEnvironment;
}

interface Waiter {
  readonly functionName: string;
  readonly resolve: (environment: ExecutionEnvironment | undefined) => void;
}

/**
 * The processes of all functions: reuses warm ones, starts new ones below the cap, and makes callers wait at it.
 *
 * The cap is this machine's, not AWS's: a caller at the cap waits its turn, where AWS would have room.
 */
export class ProcessPool {
  readonly #options: ProcessPoolOptions;
  readonly #all = new Set<ExecutionEnvironment>();
  /** Idle processes with the timers that end them, the longest idle one first. */
  readonly #idle = new Map<ExecutionEnvironment, NodeJS.Timeout>();
  readonly #waiters = new Set<Waiter>();
  #isClosed = false;

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
  }

  /** Gives a process of a function's present state, for one invocation; undefined if the function is gone. */
  acquire(functionName: string): Promise<ExecutionEnvironment | undefined> {
    const environment = this.#take(functionName);
    return environment === 'at-cap'
      ? new Promise((resolve) => this.#waiters.add({ functionName, resolve }))
      : Promise.resolve(environment);
  }

  /** Takes a process back; one that died, or of an outdated state, makes room. */
  release(environment: ExecutionEnvironment): void {
    if (this.#isCurrent(environment) && !this.#isClosed) {
      const timer = setTimeout(() => this.#discard(environment), this.#options.idleMs);
      this.#idle.set(environment, timer);
    } else {
      this.#discard(environment);
    }
    this.#serveWaiters(environment.deployed.name);
  }

  /** Ends idle processes that a function's update or deletion made useless. */
  retire(functionName: string): void {
    for (const environment of this.#idle.keys()) {
      if (environment.deployed.name === functionName && !this.#isCurrent(environment)) {
        this.#discard(environment);
      }
    }
    this.#serveWaiters(functionName);
  }

  /** Ends every process; who still waits gets none. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const waiter of this.#waiters) {
      waiter.resolve(undefined);
    }
    this.#waiters.clear();
    const all = [...this.#all];
    for (const environment of all) {
      this.#discard(environment);
    }
    await Promise.all(all.map((environment) => environment.closed));
  }

  #take(functionName: string): ExecutionEnvironment | undefined | 'at-cap' {
    const deployed = this.#options.find(functionName);
    if (deployed === undefined || this.#isClosed) {
      return undefined;
    }
    const warm = this.#takeIdle(functionName);
    if (warm !== undefined) {
      return warm;
    }
    if (this.#all.size >= this.#options.processCountMax) {
      const [longestIdle] = this.#idle.keys();
      if (longestIdle === undefined || this.#hasFairShare(functionName)) {
        return 'at-cap';
      }
      this.#discard(longestIdle);
    }
    return this.#start(deployed);
  }

  /**
   * A function that has its share of the cap waits for a process of its own instead of ending another's,
   * or two busy functions would go on ending each other's warm processes.
   */
  #hasFairShare(functionName: string): boolean {
    const names = [...this.#all].map(({ deployed }) => deployed.name);
    const own = names.filter((name) => name === functionName).length;
    const functionCount = new Set([...names, functionName]).size;
    return own >= Math.max(1, Math.floor(this.#options.processCountMax / functionCount));
  }

  #takeIdle(functionName: string): ExecutionEnvironment | undefined {
    // The most recently used one, so that spare ones grow old and are ended.
    for (const environment of [...this.#idle.keys()].reverse()) {
      if (environment.deployed.name !== functionName) {
        continue;
      }
      if (this.#isCurrent(environment)) {
        clearTimeout(this.#idle.get(environment));
        this.#idle.delete(environment);
        return environment;
      }
      this.#discard(environment);
    }
    return undefined;
  }

  #start(deployed: DeployedFunction): ExecutionEnvironment {
    const environment = this.#options.start(deployed);
    this.#all.add(environment);
    void environment.closed.then(() => {
      this.#discard(environment);
      this.#serveWaiters(deployed.name);
    });
    return environment;
  }

  #isCurrent(environment: ExecutionEnvironment): boolean {
    const { deployed } = environment;
    return (
      environment.isAlive && this.#options.find(deployed.name)?.revisionId === deployed.revisionId
    );
  }

  #discard(environment: ExecutionEnvironment): void {
    clearTimeout(this.#idle.get(environment));
    this.#idle.delete(environment);
    this.#all.delete(environment);
    environment.kill();
  }

  /** Hands out what became free; see {@link ProcessPool.#nextWaiter} for the order. */
  #serveWaiters(freedName: string): void {
    for (;;) {
      const waiter = this.#nextWaiter(freedName);
      const environment = waiter === undefined ? 'at-cap' : this.#take(waiter.functionName);
      if (waiter === undefined || environment === 'at-cap') {
        return;
      }
      this.#waiters.delete(waiter);
      waiter.resolve(environment);
    }
  }

  /**
   * First a function that has no process at all, so that none starves behind a busier one; then the function
   * whose process became free, which is warm; then whoever waits longest.
   */
  #nextWaiter(freedName: string): Waiter | undefined {
    const running = new Set([...this.#all].map(({ deployed }) => deployed.name));
    let own: Waiter | undefined;
    for (const waiter of this.#waiters) {
      if (!running.has(waiter.functionName)) {
        return waiter;
      }
      own ??= waiter.functionName === freedName ? waiter : undefined;
    }
    const [longestWaiting] = this.#waiters;
    return own ?? longestWaiting;
  }
}
