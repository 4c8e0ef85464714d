import { parseArgs } from 'node:util';
import { LambdaWorker, type RemoteWorker, type TensorHook, VirtualWorker } from '@tributary/client';

/** Where an example gets its workers. */
export interface ExampleWorkers {
  /** Starts a worker of an id. */
  start(id: string): Promise<RemoteWorker>;
  /** Ends what was started for them. */
  close(): Promise<void>;
}

/** Virtual workers, or with `--lambda` functions of a local cloud. */
export async function startWorkers(hook: TensorHook): Promise<ExampleWorkers> {
  if (wantsLambda()) return await lambdaWorkers(hook);
  return {
    start: async (id) => new VirtualWorker(hook, { id }),
    close: async () => undefined,
  };
}

function wantsLambda(): boolean {
  try {
    return parseArgs({ options: { lambda: { type: 'boolean' } } }).values.lambda === true;
  } catch (error) {
    console.error(`${(error as Error).message}. The only option is --lambda`);
    process.exit(2);
  }
}

async function lambdaWorkers(hook: TensorHook): Promise<ExampleWorkers> {
  // Virtual workers do without the cloud, and start at once.
  const { startLocalFederation } = await import('@tributary/infra-test');
  const { cloud, deployWorker, close } = await startLocalFederation();
  const { region, endpoint } = cloud;
  const started: RemoteWorker[] = [];
  return {
    start: async (id) => {
      const functionName = await deployWorker({ id });
      const worker = new LambdaWorker(hook, { id, functionName, region, endpoint });
      started.push(worker);
      return worker;
    },
    close: async () => {
      // What get() has fetched is deleted a moment later, and the cloud should be there for it.
      await Promise.all(started.map((worker) => worker.objects()));
      await close();
    },
  };
}
