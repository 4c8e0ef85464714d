/** Thrown by whatever was running when the user asked to stop. */
export class InterruptedError extends Error {
  /** What a shell expects of a process that the signal ended: 128 + its number. */
  readonly exitCode: number;

  constructor(signal: keyof typeof EXIT_CODES) {
    super(`Stopped by ${signal}`);
    this.name = 'InterruptedError';
    this.exitCode = EXIT_CODES[signal];
  }
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** The first signal aborts; the second ends the process at once. */
export interface Interrupts {
  readonly signal: AbortSignal;
  /** Leaves signals to Node again. */
  release(): void;
}

/** Listens for Ctrl-C and SIGTERM. */
export function listenForInterrupts(print: (text: string) => void): Interrupts {
  const controller = new AbortController();
  const onSignal = (name: 'SIGINT' | 'SIGTERM') => {
    if (controller.signal.aborted) process.exit(EXIT_CODES[name]);
    print('\nStopping; once more to stop at once');
    controller.abort(new InterruptedError(name));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    release() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
