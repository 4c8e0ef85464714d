/**
 * Emscripten's start-up code adds process-wide listeners that throw whatever went wrong anywhere in
 * the program once more, which changes exit codes and breaks other people's handlers.
 */

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

type Listener = (...args: unknown[]) => void;

function listenersOf(event: string): Listener[] {
  return process.listeners(event as 'uncaughtException') as unknown as Listener[];
}

/** Emscripten's two are one throw statement each. */
function isRethrow(listener: Listener): boolean {
  return /\bthrow (ex|reason)\b/.test(listener.toString());
}

/** Runs `start`, then takes the listeners it left on the process away again. Harmless in browsers. */
export async function withoutNewListeners<T>(start: () => Promise<T>): Promise<T> {
  if (typeof process === 'undefined' || process.versions?.node === undefined) return await start();
  const known = new Map(EVENTS.map((event) => [event, new Set(listenersOf(event))]));
  try {
    return await start();
  } finally {
    for (const event of EVENTS)
      for (const listener of listenersOf(event))
        if (known.get(event)?.has(listener) === false && isRethrow(listener))
          process.removeListener(event, listener);
  }
}
