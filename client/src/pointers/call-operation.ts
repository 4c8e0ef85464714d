import type { Tensor } from '@tensorflow/tfjs';
import { inferOperation } from '../execution/index.ts';
import { arrangeResults } from './arrange-results.ts';
import { type BoundCall, bindCall } from './bind-call.ts';
import { commonLocation, refuseLocal, refuseMixedChains } from './collocation.ts';
import { isLocalTensor } from './local-tensor.ts';
import { MultiPointerTensor } from './multi-pointer-tensor.ts';
import { argumentOf, inferRequestOf } from './operands.ts';
import { plainCommand } from './plain-command.ts';
import { PointerTensor } from './pointer-tensor.ts';
import { queueComputation } from './queue-computation.ts';
import { drawSeed } from './seed.ts';
import { spreadOver } from './spread-over.ts';
import { mapLeaves } from './structure.ts';
import type { TensorHook } from './tensor-hook.ts';

/** Pointers of one operation; at least one. */
type Pointers = readonly [PointerTensor, ...PointerTensor[]];

/**
 * Calls an operation of TensorFlow.js on whatever the arguments are: local tensors here, pointers
 * at their worker, multi-pointers at each of theirs.
 *
 * @throws TensorsNotCollocatedError when they are at different places.
 * @throws CommandError when the operation can't take what it got.
 */
export function callOperation(hook: TensorHook, name: string, args: readonly unknown[]): unknown {
  const call = bindCall(name, args);
  if (hook.tracer !== undefined) return hook.tracer.call(call);
  const values = call.tensors.flat();
  const multi = values.filter((value) => value instanceof MultiPointerTensor);
  const single = values.filter((value) => value instanceof PointerTensor);
  if (multi.length > 0) {
    return spreadOver(hook, { name, args, multi, single }, (at) => callOperation(hook, name, at));
  }
  const [first, ...others] = single;
  if (first === undefined) return hook.localOperation(name)(...args);
  return callAtWorker(hook, call, [first, ...others]);
}

function callAtWorker(hook: TensorHook, call: BoundCall, pointers: Pointers): unknown {
  const location = commonLocation(call.name, pointers);
  const local = call.tensors.flat().find((value) => isLocalTensor(hook, value));
  if (local !== undefined) refuseLocal(call.name, location, local as Tensor);
  for (const pointer of pointers) pointer.assertUsable(call.name);
  const [first] = pointers;
  return first.target === undefined && pointers.every(({ target }) => target === undefined)
    ? queueOperation(hook, call, pointers)
    : callThrough(hook, call, pointers);
}

function queueOperation(hook: TensorHook, call: BoundCall, pointers: Pointers): unknown {
  const { location } = pointers[0];
  const seeded = withSeed(call);
  const forms = inferOperation(hook.localTf, inferRequestOf(seeded));
  const results = queueComputation(location, {
    inputs: pointers,
    forms,
    travel: (ids) => plainCommand(call.name, call.tensors.map(argumentOf), seeded.attributes, ids),
  });
  return arrangeResults(call.operation, results);
}

/** Random operations get their seed before the first try, so that a repeated one draws the same. */
function withSeed(call: BoundCall): BoundCall {
  if (!call.operation.isRandom || call.attributes['seed'] !== undefined) return call;
  return { ...call, attributes: { ...call.attributes, seed: drawSeed() } };
}

/** On pointers to pointers: the operation runs where the tensors are, the chain is made anew. */
function callThrough(hook: TensorHook, call: BoundCall, pointers: Pointers): unknown {
  if (pointers.some(({ target }) => target === undefined)) refuseMixedChains(call.name, pointers);
  const { location } = pointers[0];
  const inner = call.tensors.map((value) =>
    Array.isArray(value) ? value.map(targetOf) : targetOf(value),
  );
  const innerPointers = pointers.map(({ target }) => target) as unknown as Pointers;
  // The results themselves are held by what points to them, and given up when that can't be sent.
  return hook.tidy(() =>
    mapLeaves(callAtWorker(hook, { ...call, tensors: inner }, innerPointers), (result) =>
      (result as PointerTensor).send(location),
    ),
  );
}

function targetOf(value: unknown): unknown {
  return value instanceof PointerTensor ? value.target : value;
}
