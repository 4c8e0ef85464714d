import type { Attempt } from '../../../src/device/retry.ts';
import type { OperatorTransport } from '../../../src/federation/operator-transport.ts';
import { Federation } from '../../../src/index.ts';
import { encodeJson, InvocationFailedError, type Operation } from '../../../src/protocol/index.ts';
import type { FakeWorld } from '../../device/support/fake-world.ts';

/** One scripted answer of the coordinator function; `failed` is an invocation that may pass next time. */
export type FunctionAnswer = object | 'failed' | ((operation: Operation) => object);

/** The coordinator function behind a transport, answering from a script. */
export class FakeFunction implements OperatorTransport {
  readonly operations: Operation[] = [];
  readonly #answers: FunctionAnswer[];

  constructor(...answers: FunctionAnswer[]) {
    this.#answers = answers;
  }

  async invoke(payload: Uint8Array, signal: AbortSignal): Promise<Attempt<Uint8Array>> {
    signal.throwIfAborted();
    const operation = JSON.parse(new TextDecoder().decode(payload)) as Operation;
    this.operations.push(operation);
    const answer = this.#answers.shift();
    if (answer === undefined) throw new Error(`No answer to ${operation.operation} is scripted`);
    if (answer === 'failed') {
      return {
        kind: 'again',
        error: new InvocationFailedError('Function failed', { code: 'function-error' }),
      };
    }
    const value = typeof answer === 'function' ? answer(operation) : answer;
    return { kind: 'done', value: encodeJson({ schema: 1, ...value }) };
  }
}

export function operatorIn(world: FakeWorld, transport: OperatorTransport): Federation {
  return new Federation(
    { coordinatorFunction: 'coordinator' },
    { environment: world.environment, transport },
  );
}

export function refusing(code: string, more: object = {}): object {
  return { error: { code, message: `Refused with ${code}`, ...more } };
}
