import { TensorsNotCollocatedError } from '../protocol/index.ts';
import { PointerMisuseError } from './misuse.ts';
import { MultiPointerTensor } from './multi-pointer-tensor.ts';
import type { PointerTensor } from './pointer-tensor.ts';
import { leavesOf, mapLeaves, withLeaves } from './structure.ts';
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
      { hook, name, workers },
      workers.map((worker) => call(mapLeaves(args, (leaf) => at(worker, leaf)) as unknown[])),
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

/** An argument as one worker sees it. */
function at(worker: string, value: unknown): unknown {
  return value instanceof MultiPointerTensor ? value.child.child[worker] : value;
}

/** The results of all workers, joined where each has a pointer. */
function gather(
  { hook, name, workers }: { hook: TensorHook; name: string; workers: readonly string[] },
  results: readonly unknown[],
): unknown {
  const pointers = results.map(leavesOf) as PointerTensor[][];
  const counts = pointers.map(({ length }) => length);
  if (new Set(counts).size > 1) {
    throw new PointerMisuseError(
      `${name} gives ${counts.join(', ')} tensors at ${workers.join(', ')}, expected the same count at each; call it on the pointers by themselves`,
    );
  }
  const [first = []] = pointers;
  const joined = first.map((_, index) => pointers.flatMap((leaves) => leaves[index] ?? []));
  return withLeaves(
    results[0],
    joined.map((parts) => new MultiPointerTensor(hook, parts)),
  );
}
