import { executeBatch, type MemoryStore } from '../execution/index.ts';
import { CommandError, type CommandStatus, errorFromJson, isOwner } from '../protocol/index.ts';
import { hasOwn } from '../protocol/own-members.ts';
import type { TensorHook } from './tensor-hook.ts';
import type { OutgoingBatch, WorkerTransport } from './transport.ts';

/** The way to a worker in this process: the same text travels as to one elsewhere. */
export class VirtualTransport implements WorkerTransport {
  /** Nothing is too large to hand over. */
  readonly inlineBytesMax: number = Number.POSITIVE_INFINITY;
  readonly fetches = false;
  readonly #hook: TensorHook;
  readonly #worker: string;
  readonly #store: MemoryStore;

  constructor(hook: TensorHook, worker: string, store: MemoryStore) {
    this.#hook = hook;
    this.#worker = worker;
    this.#store = store;
  }

  async exchange({ commands, keep }: OutgoingBatch): Promise<readonly CommandStatus[]> {
    const sent: unknown = JSON.parse(
      JSON.stringify({ schema: 1, worker: this.#worker, commands, keep }),
    );
    const answer = await executeBatch(
      {
        worker: this.#worker,
        caller: pseudonymOf(this.#hook.user),
        store: this.#store,
        tf: this.#hook.localTf,
        pseudonymOf,
        now: Date.now,
      },
      sent,
    );
    if (hasOwn(answer, 'error')) throw errorFromJson(answer.error);
    return answer.statuses;
  }

  upload(): Promise<string> {
    return Promise.reject(new TypeError('A virtual worker gets every tensor inside a batch'));
  }

  download(): Promise<Uint8Array> {
    return Promise.reject(new TypeError('A virtual worker gives every tensor inside an answer'));
  }
}

/**
 * A user's name as an owner of objects; nobody can verify names within one process.
 *
 * @throws CommandError `user-invalid` for a name that is empty or too long.
 */
export function pseudonymOf(user: string): string {
  const pseudonym = user.replace(
    /[^A-Za-z0-9_-]/gu,
    (character) => `.${character.codePointAt(0)?.toString(16)}.`,
  );
  if (isOwner(pseudonym)) return pseudonym;
  throw new CommandError(
    'A user has a name that is empty or, signs besides letters and digits counted fourfold, longer than 64; choose another for virtual workers',
    { code: 'user-invalid' },
  );
}
