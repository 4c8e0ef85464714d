import type { OutputSpec } from '../execution/index.ts';
import { PointerTensor } from './pointer-tensor.ts';
import type { QueuedCommand } from './queued-command.ts';
import type { RemoteWorker } from './remote-worker.ts';
import { newObject } from './send.ts';

/** A command that computes tensors from others. */
export interface Computation {
  readonly inputs: readonly PointerTensor[];
  /** What is known of each result. */
  readonly forms: readonly OutputSpec[];
  /** How it travels, once its results have ids. */
  readonly travel: (ids: readonly string[]) => Pick<QueuedCommand, 'bytes' | 'wire' | 'remedy'>;
}

/** Queues a computation at a worker, and points to what it will make. */
export function queueComputation(
  location: RemoteWorker,
  { inputs, forms, travel }: Computation,
): PointerTensor[] {
  const objects = forms.map((form) => newObject(location, form));
  location.queue.push({
    inputs: inputs.map(({ object }) => object),
    outputs: objects,
    ...travel(objects.map(({ id }) => id)),
  });
  return objects.map((object) => new PointerTensor({ location, object }));
}
