/** Turns of the event loop that are bound neither to frames nor to timers. */

export interface Macrotasks {
  /** Resolves in a later turn, after pending messages, timers and abort signals had theirs. */
  next(): Promise<void>;
  /** Lets the process end. */
  close(): void;
}

/**
 * Messages to oneself: unlike `requestAnimationFrame` they go on in a hidden tab, and unlike
 * `setTimeout` they are not held back to once a second there.
 */
export function macrotasks(): Macrotasks {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return {
    next: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        port2.postMessage(null);
      }),
    close: () => {
      port1.close();
    },
  };
}
