import { TributaryError, type TributaryErrorClass } from '../protocol/index.ts';
import { plainCommand } from './plain-command.ts';
import type { RemoteObject } from './remote-object.ts';
import type { RemoteWorker } from './remote-worker.ts';

/** A command whose status is awaited: a read, a listing, a question. */
export interface Question {
  readonly op: string;
  /** Objects it is about. */
  readonly objects?: readonly RemoteObject[];
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** True when what was deleted before must be gone for it. @default false */
  readonly seesDeletions?: boolean;
  /** Objects that it deletes itself. @default none */
  readonly deletes?: readonly RemoteObject[];
}

/**
 * Sends everything queued for a worker, a question last, and waits for its answer.
 *
 * @returns the value of the command's status.
 * @throws CommandError what the worker refused it with, or what made an input fail.
 * @throws InvocationFailedError when the worker can't be reached.
 */
export async function ask({ queue }: RemoteWorker, question: Question): Promise<unknown> {
  const { op, objects = [], attributes = {} } = question;
  if (question.seesDeletions === true) queue.deleteNow();
  const answer = new Promise<unknown>((resolve, reject) => {
    queue.push({
      inputs: objects,
      outputs: [],
      isWanted: true,
      storesResults: false,
      deletes: question.deletes,
      ...plainCommand(
        op,
        objects.map(({ reference }) => reference),
        attributes,
        [],
      ),
      onDone: resolve,
      onFailed: reject,
    });
  });
  // Whoever asks hears of a fault through the answer.
  queue.flush().catch(() => undefined);
  try {
    return await answer;
  } catch (error) {
    throw error instanceof TributaryError ? thrownHere(error) : error;
  }
}

/**
 * An error as everybody who awaits it gets it: one of their own, whose stack leads to their program.
 * It was made where the answer was read, which tells nobody which value it was that failed.
 */
function thrownHere(error: TributaryError): TributaryError {
  const { message, code, detail, cause } = error;
  const ErrorClass = error.constructor as TributaryErrorClass;
  return new ErrorClass(message, { code, detail, cause });
}
