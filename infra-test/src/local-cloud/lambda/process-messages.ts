/** An error as Lambda's callers see it. */
export interface FunctionFailure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** One invocation, from the local cloud to a function's process. */
export interface InvokeMessage {
  readonly requestId: string;
  /** The event as JSON. */
  readonly payload: string;
  /** Milliseconds since the epoch at which the process is ended. */
  readonly deadlineMs: number;
  readonly functionArn: string;
}

/** What the process says about itself with each answer. */
export interface ProcessState {
  /** Resident memory, in bytes. */
  readonly residentBytes: number;
  /** Bytes written so far, so that the other side knows when it has read all output. */
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
}

/** What a function's process reports. */
export type ProcessMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'init-failed'; readonly failure: FunctionFailure }
  | { readonly kind: 'returned'; readonly payload: string; readonly state: ProcessState }
  | { readonly kind: 'threw'; readonly failure: FunctionFailure; readonly state: ProcessState }
  /** Nobody caught it: the process ends. */
  | { readonly kind: 'died'; readonly failure: FunctionFailure };
