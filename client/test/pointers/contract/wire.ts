import { InvocationFailedError, type RemoteWorker } from '@tributary/client';
import type { CommandStatus, WireCommand } from '@tributary/client/protocol';
import { vi } from 'vitest';

/** Batches that travel to workers while a function runs, without those that only delete. */
export async function batchesDuring(
  workers: readonly RemoteWorker[],
  body: () => unknown,
): Promise<readonly OutgoingBatch[]> {
  const spies = workers.map(({ queue }) => vi.spyOn(queue.transport, 'exchange'));
  try {
    await body();
    // What was flushed and not awaited begins within the turn.
    await new Promise((resolve) => setImmediate(resolve));
    const batches = spies.flatMap(({ mock }) => mock.calls.map(([batch]) => batch));
    return batches.filter(({ commands }) => commands.some(([op]) => op !== '$delete'));
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Count of {@link batchesDuring}. */
export async function tripsDuring(
  workers: readonly RemoteWorker[],
  body: () => unknown,
): Promise<number> {
  return (await batchesDuring(workers, body)).length;
}

type OutgoingBatch = Parameters<RemoteWorker['queue']['transport']['exchange']>[0];

/** Has a worker do what it is asked and its answer lost, while a function runs; that fails of it. */
export async function losingAnswers(
  { queue: { transport } }: RemoteWorker,
  body: () => Promise<unknown>,
): Promise<void> {
  const exchange = transport.exchange.bind(transport);
  const spy = vi.spyOn(transport, 'exchange').mockImplementation(async (batch) => {
    await exchange(batch);
    throw new InvocationFailedError('Lost on the way', { code: 'exchange-failed' });
  });
  const outcome = await body().catch((error: unknown) => error);
  spy.mockRestore();
  if (!(outcome instanceof InvocationFailedError)) throw outcome;
}

/** Statuses of commands as a program of any make may send them: nothing checks them here. */
export async function statusesOf(
  { queue: { transport } }: RemoteWorker,
  commands: readonly unknown[],
): Promise<readonly CommandStatus[]> {
  return await transport.exchange({ commands: commands as readonly WireCommand[], keep: [] });
}
