import type { PointerTensor } from './pointer-tensor.ts';
import type { RemoteObject } from './remote-object.ts';

/** What takes an object away from its worker. */
export type Taking = 'get' | 'move' | 'remoteGet' | 'remoteSend';

/** One that is under way, or waits for its turn. */
interface Turn {
  readonly how: Taking;
  /** Fulfilled when it is over, whatever came of it. */
  readonly done: Promise<unknown>;
}

const turns = new WeakMap<RemoteObject, readonly Turn[]>();

/**
 * Runs what takes an object away from its worker, after everything that was asked to take it before:
 * two moves at once would leave a copy at each place. Several `get()` read it together.
 *
 * @throws ObjectNotFoundError when one before it has taken the object.
 */
export async function takeAway<T>(
  pointer: PointerTensor<unknown>,
  how: Taking,
  body: () => Promise<T>,
): Promise<T> {
  const { object } = pointer;
  const others = turns.get(object) ?? [];
  const before = others.filter((other) => !(how === 'get' && other.how === 'get'));
  let end = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  const turn: Turn = { how, done };
  turns.set(object, [...others, turn]);

  try {
    if (before.length > 0) {
      await Promise.all(before.map((other) => other.done));
      pointer.assertUsable(how);
    }
    return await body();
  } finally {
    end();
    const left = (turns.get(object) ?? []).filter((other) => other !== turn);
    turns.set(object, left);
  }
}

/** Why an object is no longer at its worker, and what to do instead. */
export const GONE = {
  fetched: 'already fetched by get(); use get({ keep: true }) or copy() to leave it there',
  shortened: 'already given up by remoteGet(); use what remoteGet() gave',
  cleared: 'deleted by clearObjects(); send it again',
  moved: (worker: string, how: Taking): string =>
    `already moved to ${worker} by ${how}(); use the pointer that ${how}() gave`,
} as const;
