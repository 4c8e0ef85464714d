import { TensorsNotCollocatedError } from '../protocol/index.ts';
import { MultiPointerTensor } from './multi-pointer-tensor.ts';
import { PointerTensor } from './pointer-tensor.ts';
import type { TensorHook } from './tensor-hook.ts';

/** A call that has a multi-pointer among its arguments. */
export interface MultiCall {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly multi: readonly MultiPointerTensor[];
  /** Single pointers among the arguments. */
  readonly single: readonly PointerTensor[];
}

/**
 * Calls an operation at every worker of a multi-pointer; several multi-pointers match by worker.
 *
 * @throws TensorsNotCollocatedError before anything is queued, when one argument is not at all of
 * the workers.
 */
export function spreadOver(
  hook: TensorHook,
  { name, args, multi, single }: MultiCall,
  call: (args: readonly unknown[]) => unknown,
): unknown {
  const workers = workersOf(multi[0]);
  for (const other of multi) checkSame(name, workers, workersOf(other));
  for (const pointer of single) checkSame(name, workers, [pointer.location.id]);
  // What the first workers would do is given up when the arguments don't fit at another.
  return hook.tidy(() =>
    gather(
      hook,
      workers.map((worker) => call(args.map((value) => at(worker, value)))),
    ),
  );
}

function workersOf(pointers: MultiPointerTensor | undefined): readonly string[] {
  return pointers?.parts.map(({ location }) => location.id) ?? [];
}

function checkSame(name: string, workers: readonly string[], others: readonly string[]): void {
  const missing = workers.filter((worker) => !others.includes(worker));
  const surplus = others.filter((worker) => !workers.includes(worker));
  if (missing.length + surplus.length === 0) return;
  throw new TensorsNotCollocatedError(
    `${name} got tensors at ${workers.join(', ')} and others at ${others.join(', ')}, but each worker needs all of them; send or move the others to ${workers.join(', ')}`,
    {
      code: 'tensors-not-collocated',
      detail: { operation: name, locations: [...new Set([...workers, ...others])] },
    },
  );
}

/** An argument as one worker sees it; lists and options objects are looked into. */
function at(worker: string, value: unknown): unknown {
  if (value instanceof MultiPointerTensor) return value.child.child[worker];
  if (Array.isArray(value)) return value.map((item) => at(worker, item));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, at(worker, item)]));
}

/** The results of all workers, joined where each has a pointer. */
function gather(hook: TensorHook, results: readonly unknown[]): unknown {
  const [first] = results;
  if (first instanceof PointerTensor) {
    return new MultiPointerTensor(hook, results as readonly PointerTensor[]);
  }
  if (Array.isArray(first)) {
    return first.map((_, index) =>
      gather(
        hook,
        results.map((result) => (result as unknown[])[index]),
      ),
    );
  }
  const keys = Object.keys(first as object);
  return Object.fromEntries(
    keys.map((key) => [
      key,
      gather(
        hook,
        results.map((result) => (result as Record<string, unknown>)[key]),
      ),
    ]),
  );
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
