import type { Tensor } from '@tensorflow/tfjs';
import { CommandError, TensorsNotCollocatedError } from '../protocol/index.ts';
import type { PointerTensor } from './pointer-tensor.ts';
import type { RemoteWorker } from './remote-worker.ts';

/**
 * The one worker that holds every argument of an operation.
 *
 * @param worker - Where the operation is to run. @default where its first argument is
 * @throws TensorsNotCollocatedError naming both sides and the call that brings them together.
 */
export function commonLocation(
  operation: string,
  pointers: readonly [PointerTensor, ...PointerTensor[]],
  worker?: RemoteWorker,
): RemoteWorker {
  const location = worker ?? pointers[0].location;
  for (const { location: other } of pointers) {
    if (other.id !== location.id) throw apart(operation, location, other);
    if (other.queue !== location.queue) throw ofAnotherHook(operation, location);
  }
  return location;
}

function apart(
  operation: string,
  { id: here }: RemoteWorker,
  { id: there }: RemoteWorker,
): TensorsNotCollocatedError {
  return new TensorsNotCollocatedError(
    `${operation} got a tensor at ${here} and one at ${there}, but all must be at one worker; await move(${there}) of the first or move(${here}) of the second`,
    { code: 'tensors-not-collocated', detail: { operation, locations: [here, there] } },
  );
}

/** Two hooks are two callers, who name objects differently; their workers may even be two of one id. */
function ofAnotherHook(operation: string, { id }: RemoteWorker): TensorsNotCollocatedError {
  return new TensorsNotCollocatedError(
    `${operation} got pointers of two hooks to ${id}, but all must be of one; search() for the other tensor with the first hook's ${id}`,
    { code: 'tensors-not-collocated', detail: { operation, locations: [id, id] } },
  );
}

/** @throws TensorsNotCollocatedError always: one argument is here, another at a worker. */
export function refuseLocal(operation: string, location: RemoteWorker, local: Tensor): never {
  throw new TensorsNotCollocatedError(
    `${operation} got a tensor at ${location.id} and a local one of shape [${local.shape}]; send(${location.id}) the local one first, or await get() of the other`,
    {
      code: 'tensors-not-collocated',
      detail: { operation, locations: [location.id, 'local'], shape: local.shape },
    },
  );
}

/** @throws TensorsNotCollocatedError always: one argument is a tensor, another a pointer to one elsewhere. */
export function refuseMixedChains(operation: string, pointers: readonly PointerTensor[]): never {
  const through = pointers.find(({ target }) => target !== undefined);
  const here = through?.location.id ?? '';
  throw new TensorsNotCollocatedError(
    `${operation} got a tensor at ${here} and a pointer that ${here} has to another worker; await remoteGet() of the pointer first`,
    { code: 'tensors-not-collocated', detail: { operation, locations: [here] } },
  );
}

/** @throws TensorsNotCollocatedError always: a multi-pointer has no tensor at a worker. */
export function refuseAbsent(
  operation: string,
  worker: string,
  parts: readonly PointerTensor[],
): never {
  const ids = parts.map(({ location }) => location.id);
  throw new TensorsNotCollocatedError(
    `${operation} at ${worker} got a multi-pointer to tensors at ${ids.join(', ')}; send or move one to ${worker} first`,
    { code: 'tensors-not-collocated', detail: { operation, locations: [worker, ...ids] } },
  );
}

/** @throws CommandError `object-is-pointer` when one of them points to a pointer: values are elsewhere. */
export function refuseChains(operation: string, pointers: readonly PointerTensor[]): void {
  const target = pointers.find((pointer) => pointer.target !== undefined)?.target;
  if (target === undefined) return;
  const { id } = target.location;
  throw new CommandError(
    `${operation} got a pointer to a pointer, expected pointers to tensors; await get() or remoteGet() of it first, or run it at ${id}, where the values are`,
    { code: 'object-is-pointer', detail: { operation, location: id } },
  );
}
