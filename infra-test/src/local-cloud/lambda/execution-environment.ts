import { type ChildProcess, fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { DeployedFunction } from './deployed-function.ts';
import { LineReader } from './function-log.ts';
import { readPeakMemory, type WatchedProcess } from './memory-watch.ts';
import type {
  FunctionFailure,
  InvokeMessage,
  ProcessMessage,
  ProcessState,
} from './process-messages.ts';

/** Share of the memory size that V8 may fill, and a young generation's, in percent: AWS's Node runtime sets the same. */
const OLD_SPACE_PERCENT = 90;
const SEMI_SPACE_PERCENT = 5;

const MEBIBYTE = 1_048_576;

/** How one invocation ended in its process. */
export type EnvironmentOutcome =
  | { readonly kind: 'returned'; readonly payload: string }
  | { readonly kind: 'failed'; readonly failure: FunctionFailure };

/** What a process is started with. */
export interface EnvironmentOptions {
  readonly deployed: DeployedFunction;
  readonly sessionToken: string;
  /** All that the process finds in `process.env`. */
  readonly variables: Readonly<Record<string, string>>;
  /** The program that imports the package. */
  readonly bootstrapPath: string;
  /** Where whole lines of output go at first. */
  readonly onOutput: (lines: string) => void;
}

type Answer = Extract<ProcessMessage, { kind: 'returned' | 'threw' }>;

/** Why a process was ended, beyond what its exit says. */
type EndReason = 'timeout' | 'killed';

/** One warm process of a function: runs one invocation at a time. */
export class ExecutionEnvironment implements WatchedProcess {
  readonly deployed: DeployedFunction;
  readonly sessionToken: string;
  readonly startedAtMs: number = performance.now();
  /** Settles when the process is gone and all its output read. */
  readonly closed: Promise<void>;
  /** Most memory seen, in bytes. */
  peakMemoryBytes = 0;
  /** Milliseconds that the import of the package took; set once it is done. */
  initMs: number | undefined;
  isAlive = true;
  /** Where whole lines of output go. */
  onOutput: (lines: string) => void;
  readonly #child: ChildProcess;
  readonly #stdout: LineReader;
  readonly #stderr: LineReader;
  readonly #initialised: Promise<void>;
  #failure: FunctionFailure | undefined;
  #endReason: EndReason | undefined;
  #onReady: (() => void) | undefined;
  #onAnswer: ((answer: Answer) => void) | undefined;
  #onRead: (() => void) | undefined;

  constructor(options: EnvironmentOptions) {
    this.deployed = options.deployed;
    this.sessionToken = options.sessionToken;
    this.onOutput = options.onOutput;
    this.#stdout = new LineReader((lines) => this.onOutput(lines));
    this.#stderr = new LineReader((lines) => this.onOutput(lines));
    const { memoryMegabytes, codeDirectory } = options.deployed;
    this.#child = fork(options.bootstrapPath, [], {
      cwd: codeDirectory,
      env: options.variables,
      execArgv: [
        `--max-old-space-size=${Math.floor((memoryMegabytes * OLD_SPACE_PERCENT) / 100)}`,
        `--max-semi-space-size=${Math.floor((memoryMegabytes * SEMI_SPACE_PERCENT) / 100)}`,
      ],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A group of its own: Ctrl-C in the terminal ends the cloud, and the cloud ends its processes.
      detached: true,
    });
    this.#read(this.#child.stdout, this.#stdout);
    this.#read(this.#child.stderr, this.#stderr);
    this.closed = new Promise((resolve) => this.#child.once('close', () => resolve()));
    this.#initialised = new Promise((resolve) => {
      this.#onReady = resolve;
      void this.closed.then(resolve);
    });
    this.#child.on('message', (message) => this.#receive(message as ProcessMessage));
    // A process that can't be started or spoken to also ends, which is where it is handled.
    this.#child.on('error', () => this.kill());
    this.#child.once('exit', () => this.#end());
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Waits until the package is imported, or the process is gone; it is ended after `limitMs`. */
  async initialise(limitMs: number): Promise<void> {
    const timer = setTimeout(() => this.#kill('timeout'), limitMs);
    await this.#initialised;
    clearTimeout(timer);
  }

  /** Runs one invocation; the process is ended when it isn't done at the deadline. */
  async invoke(message: InvokeMessage): Promise<EnvironmentOutcome> {
    if (!this.isAlive) {
      return this.#fatalOutcome(message.requestId);
    }
    const remainingMs = Math.max(0, message.deadlineMs - Date.now());
    const timer = setTimeout(() => this.#kill('timeout'), remainingMs);
    const answer = new Promise<Answer | undefined>((resolve) => {
      this.#onAnswer = resolve;
      void this.closed.then(() => resolve(undefined));
    });
    this.#child.send(message, () => undefined);
    const answered = await answer;
    this.#onAnswer = undefined;
    if (answered !== undefined) {
      await this.#settle(answered.state);
    }
    if (answered === undefined || !this.isAlive) {
      await this.closed;
      clearTimeout(timer);
      return this.#fatalOutcome(message.requestId);
    }
    clearTimeout(timer);
    return answered.kind === 'returned'
      ? { kind: 'returned', payload: answered.payload }
      : { kind: 'failed', failure: answered.failure };
  }

  noteMemory(bytes: number): void {
    this.peakMemoryBytes = Math.max(this.peakMemoryBytes, bytes);
    if (this.peakMemoryBytes > this.deployed.memoryMegabytes * MEBIBYTE) {
      this.kill();
    }
  }

  /** Ends the process at once, with everything it started. */
  kill(): void {
    this.#kill('killed');
  }

  #kill(reason: EndReason): void {
    this.isAlive = false;
    this.#endReason ??= reason;
    try {
      process.kill(-(this.#child.pid ?? Number.NaN), 'SIGKILL');
    } catch {
      // Already gone, or never started.
      this.#child.kill('SIGKILL');
    }
  }

  #receive(message: ProcessMessage): void {
    switch (message.kind) {
      case 'ready':
        this.initMs = performance.now() - this.startedAtMs;
        this.#onReady?.();
        break;
      case 'died':
      case 'init-failed':
        this.isAlive = false;
        this.#failure = message.failure;
        break;
      case 'returned':
      case 'threw':
        this.#onAnswer?.(message);
        break;
    }
  }

  #end(): void {
    this.isAlive = false;
    // What the process started may hold its pipes open, and `closed` with them.
    this.#kill('killed');
  }

  #read(stream: Readable | null, reader: LineReader): void {
    stream?.on('data', (chunk: Buffer) => {
      reader.push(chunk);
      this.#onRead?.();
    });
  }

  /** Waits for the output written before an answer, and looks whether the memory sufficed. */
  async #settle(state: ProcessState): Promise<void> {
    const isRead = (): boolean =>
      this.#stdout.byteCount >= state.stdoutBytes && this.#stderr.byteCount >= state.stderrBytes;
    while (!isRead() && this.isAlive) {
      await new Promise<void>((resolve) => {
        this.#onRead = resolve;
        void this.closed.then(resolve);
      });
    }
    this.#onRead = undefined;
    this.#stdout.flush();
    this.#stderr.flush();
    this.noteMemory(Math.max(state.residentBytes, readPeakMemory(this.pid) ?? 0));
  }

  #fatalOutcome(requestId: string): EnvironmentOutcome {
    this.#stdout.flush();
    this.#stderr.flush();
    const { exitCode, signalCode } = this.#child;
    const { timeoutSeconds } = this.deployed;
    if (this.#endReason === 'timeout') {
      return failed({
        errorType: 'Sandbox.Timedout',
        errorMessage: `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds}.00 seconds`,
      });
    }
    if (this.#failure !== undefined) {
      return failed(this.#failure);
    }
    const how =
      signalCode === null
        ? `exit status ${exitCode}`
        : `signal: ${SIGNAL_WORDS[signalCode] ?? signalCode}`;
    return failed({
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: ${how}`,
    });
  }
}

/** The words in which Lambda names signals. */
const SIGNAL_WORDS: Readonly<Record<string, string>> = {
  SIGKILL: 'killed',
  SIGABRT: 'aborted',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
};

function failed(failure: FunctionFailure): EnvironmentOutcome {
  return { kind: 'failed', failure };
}
