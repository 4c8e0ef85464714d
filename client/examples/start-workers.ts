import { type RemoteWorker, type TensorHook, VirtualWorker } from '@tributary/client';

/** Where an example gets its workers. */
export interface ExampleWorkers {
  /** Starts a worker, or gives the one of that id. */
  start(id: string): Promise<RemoteWorker>;
  /** Ends what was started. */
  close(): Promise<void>;
}

/** Virtual workers. */
export async function startWorkers(hook: TensorHook): Promise<ExampleWorkers> {
  return {
    start: async (id) => new VirtualWorker(hook, { id }),
    close: async () => undefined,
  };
}
