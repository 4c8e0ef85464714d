import type { EventEmitter } from 'node:events';

/** What a shell expects of a process that the signal ended: 128 + its number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

type Signal = keyof typeof EXIT_CODES;

/**
 * A terminal sends Ctrl-C to the whole process group and npm hands it on once more, some milliseconds
 * later; nobody presses twice as fast as this.
 */
const SAME_PRESS_MS = 200;

/** Thrown by whatever was running when the user asked to stop. */
export class InterruptedError extends Error {
  /** What the process ends with. */
  readonly exitCode: number;

  constructor(signal: Signal) {
    super(`Stopped by ${signal}`);
    this.name = 'InterruptedError';
    this.exitCode = EXIT_CODES[signal];
  }
}

/** What is used of the process and its clock; replaceable in tests. */
export interface InterruptParts {
  /** @default `process` */
  readonly source?: Pick<EventEmitter, 'on'> | undefined;
  /** @default `process.exit` */
  readonly exit?: ((code: number) => void) | undefined;
  /** Milliseconds since any moment. @default `performance.now` */
  readonly now?: (() => number) | undefined;
}

/**
 * Listens for Ctrl-C and SIGTERM until the process ends: the first one aborts, the next one ends the
 * process at once.
 *
 * @param print - Gets one line when the first one arrives.
 * @returns Aborts with an {@link InterruptedError}.
 */
export function listenForInterrupts(
  print: (text: string) => void,
  parts: InterruptParts = {},
): AbortSignal {
  const { source = process, exit = process.exit, now = () => performance.now() } = parts;
  const controller = new AbortController();
  let abortedAt = 0;
  const onSignal = (name: Signal): void => {
    if (!controller.signal.aborted) {
      abortedAt = now();
      print('\nStopping; once more to stop at once');
      controller.abort(new InterruptedError(name));
    } else if (now() - abortedAt > SAME_PRESS_MS) exit(EXIT_CODES[name]);
  };
  source.on('SIGINT', onSignal);
  source.on('SIGTERM', onSignal);
  return controller.signal;
}
