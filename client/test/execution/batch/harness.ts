import * as tf from '@tensorflow/tfjs';
import {
  type BatchAnswer,
  type CommandStatus,
  decodeBase64,
  encodeBase64,
  type Json,
  type ReadValue,
} from '@tributary/client/protocol';
import { type ExecutionContext, executeBatch, MemoryStore } from '../../../src/execution/index.ts';

/** A time that only tests move. */
export const clock = { ms: 1_700_000_000_000 };

export interface Setup {
  readonly store: MemoryStore;
  /** Sends a batch as somebody, `alice` if nobody is named. */
  readonly send: (batch: Sent, more?: Partial<ExecutionContext>) => Promise<CommandStatus[]>;
}

export interface Sent {
  readonly commands: readonly unknown[];
  readonly keep?: readonly string[];
  readonly as?: string;
}

/** A worker named `bob` with an empty store. */
export function setUp(): Setup {
  const store = new MemoryStore({ now: () => clock.ms });
  const send: Setup['send'] = async (sent, more = {}) => {
    const answer = await execute(contextOf(store, { caller: sent.as ?? 'alice', ...more }), sent);
    if ('error' in answer) throw new Error(`${answer.error.code}: ${answer.error.message}`);
    return [...answer.statuses];
  };
  return { store, send };
}

export function contextOf(
  store: ExecutionContext['store'],
  more: Partial<ExecutionContext> = {},
): ExecutionContext {
  return {
    worker: 'bob',
    caller: 'alice',
    store,
    tf,
    now: () => clock.ms,
    pseudonymOf: (user) => user,
    ...more,
  };
}

export function execute(
  context: ExecutionContext,
  { commands, keep = [] }: Sent,
): Promise<BatchAnswer> {
  return executeBatch(context, { schema: 1, worker: 'bob', commands, keep });
}

/** An object's id from a short name. */
export function idOf(name: string): string {
  return name.padEnd(22, '_');
}

export function create(name: string, values: readonly number[], attributes: object = {}): Json[] {
  const data = encodeBase64(new Uint8Array(Float32Array.from(values).buffer));
  const all = { dtype: 'float32', shape: [values.length], data, ...attributes };
  return ['$create', [], all as Json, [idOf(name)]] as Json[];
}

/** A command on objects named shortly. */
export function op(
  name: string,
  args: readonly string[],
  attributes: object = {},
  results: readonly string[] = [],
): Json[] {
  return [name, args.map(refOf), attributes, results.map(idOf)] as Json[];
}

/** `x` is the caller's own, `bob/x` another owner's. */
export function refOf(name: string): string {
  const [first, second] = name.split('/');
  return second === undefined ? idOf(name) : `${first}/${idOf(second)}`;
}

export function codesOf(statuses: readonly CommandStatus[]): string[] {
  return statuses.map((status) => (status.status === 'failed' ? status.error.code : status.status));
}

/** Numbers of a read's value. */
export function numbersOf(status: CommandStatus | undefined): number[] {
  const value = answerOf<ReadValue>(status);
  const bytes = decodeBase64(value.data ?? '') ?? new Uint8Array();
  const { buffer } = bytes;
  if (value.dtype === 'bool') return [...bytes];
  return [...(value.dtype === 'int32' ? new Int32Array(buffer) : new Float32Array(buffer))];
}

export function answerOf<T>(status: CommandStatus | undefined): T {
  if (status?.status !== 'done') throw new Error(`Not done: ${JSON.stringify(status)}`);
  return status.value as T;
}

/** What the store holds, comparable; times left out. */
export async function contentOf(store: MemoryStore): Promise<object[]> {
  const content: object[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list({ cursor });
    for (const { name, header } of page.objects) {
      const found = await store.read(name);
      if (found.kind !== 'found') continue;
      const { createdAt, ...rest } = header;
      content.push({ ...name, ...rest, bytes: encodeBase64(found.bytes) });
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return content;
}
