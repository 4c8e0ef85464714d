/** Turns of the event loop that are bound neither to frames nor to timers. */

export interface Macrotasks {
  /** Resolves in a later turn, after pending messages, timers and abort signals had theirs. */
  readonly next: () => Promise<void>;
  /** Lets the process end. */
  readonly close: () => void;
}

/** Node delivers up to a thousand messages to oneself in one turn, so there it has to be this. */
function immediates(): Macrotasks {
  return { next: () => new Promise((resolve) => setImmediate(resolve)), close: () => undefined };
}

/**
 * Messages to oneself: unlike `requestAnimationFrame` they go on in a hidden tab, and unlike
 * `setTimeout` they are not held back to once a second there.
 */
function messages(): Macrotasks {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return {
    next: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        port2.postMessage(null);
      }),
    close: () => port1.close(),
  };
}

/** Whichever way fits this host; whoever asks closes it. */
export function macrotasks(): Macrotasks {
  return typeof setImmediate === 'function' ? immediates() : messages();
}
