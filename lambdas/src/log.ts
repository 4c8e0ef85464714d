/** One line of a function's log: what happened, with names and numbers; never a tensor's values. */
export interface LogEvent {
  readonly level: 'info' | 'warn' | 'error';
  /** Kebab-case; alarms filter on it. */
  readonly event: string;
  readonly [detail: string]: unknown;
}

export type Log = (event: LogEvent) => void;

/** Writes events as JSON lines to standard output, where Lambda keeps them. */
export function logToStdout(event: LogEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}
