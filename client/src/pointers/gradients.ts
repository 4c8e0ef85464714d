import type { Tensor } from '@tensorflow/tfjs';
import type { OutputSpec } from '../execution/index.ts';
import type { RemotePlan } from '../protocol/index.ts';
import { commonLocation, refuseChains, refuseLocal } from './collocation.ts';
import { isLocalTensor } from './local-tensor.ts';
import { PointerMisuseError } from './misuse.ts';
import { MultiPointerTensor } from './multi-pointer-tensor.ts';
import { formOfHandle } from './operands.ts';
import { plainCommand } from './plain-command.ts';
import { PointerTensor } from './pointer-tensor.ts';
import { queueComputation } from './queue-computation.ts';
import { drawSeed } from './seed.ts';
import { spreadOver } from './spread-over.ts';
import { isBranch, leavesOf, mapLeaves, withLeaves } from './structure.ts';
import { TensorHandle } from './tensor-handle.ts';
import type { TensorHook } from './tensor-hook.ts';
import { FormLeaf, trace } from './trace.ts';
import type { Captured, Tracer } from './tracer.ts';

/** What gradients can be with respect to: pointers, or multi-pointers for gradients at every worker. */
export type GradientArgument = PointerTensor | MultiPointerTensor;

/** The same, within arrays and objects. */
export type GradientTree =
  | GradientArgument
  | readonly GradientTree[]
  | { readonly [name: string]: GradientTree };

/**
 * A function's value and its gradients with respect to each argument.
 *
 * @typeParam Args - The arguments; there is one gradient for each, in the same arrays and objects.
 */
export interface ValueAndGradients<
  Args extends readonly GradientTree[] = readonly PointerTensor[],
> {
  readonly value: HandleIn<Args>;
  readonly grads: { -readonly [Index in keyof Args]: Args[Index] };
}

/** Kind of the pointers in arguments. */
export type HandleIn<Args> = Args extends GradientArgument
  ? Args
  : Args extends readonly (infer Item)[]
    ? HandleIn<Item>
    : Args extends object
      ? HandleIn<Args[keyof Args]>
      : never;

/** What a function gives that has more to tell than what is differentiated, such as an accuracy. */
export interface ValueWithAux<Aux> {
  /** What is differentiated: one tensor. */
  readonly value: PointerTensor | Tensor;
  /** Tensors that come along as they are, in arrays and objects. */
  readonly aux: Aux;
}

/** What came along, as pointers of a kind. */
export type AuxOutput<Aux, Handle> = Aux extends PointerTensor | Tensor
  ? Handle
  : Aux extends object
    ? { readonly [Key in keyof Aux]: AuxOutput<Aux[Key], Handle> }
    : Aux;

/** A function's value, its gradients, and what came along. */
export interface GradientsWithAux<Args extends readonly GradientTree[] = readonly PointerTensor[]>
  extends ValueAndGradients<Args> {
  readonly aux?: unknown;
}

/**
 * Computes a function and its gradients at the worker that holds the arguments, as
 * `tf.valueAndGrads` does here. Other remote tensors that the function uses are constants to it.
 *
 * @throws TypeError when the arguments are not a list of pointers, or arrays and objects of them, or the
 * function gives more than one tensor without naming them `{ value, aux }`.
 * @throws TensorsNotCollocatedError when not all of them are at one worker.
 */
export function valueAndGradients(
  hook: TensorHook,
  body: (...args: never) => unknown,
  args: readonly unknown[],
): GradientsWithAux {
  const leaves = checkArguments(hook, args);
  const multi = leaves.filter((value) => value instanceof MultiPointerTensor);
  if (multi.length > 0) {
    const single = leaves.filter((value) => value instanceof PointerTensor);
    const call = { name: 'valueAndGrads', args, multi, single };
    return spreadOver(hook, call, (at) => valueAndGradients(hook, body, at)) as GradientsWithAux;
  }
  const forms = leaves.map(formOfHandle);
  const { plan, output, captured } = trace(hook, withValueFirst(body), {
    args: mapLeaves(args, (leaf) => new FormLeaf(formOfHandle(leaf as OutputSpec))) as unknown[],
    captures: true,
  });
  const [value, ...further] = leavesOf(output) as OutputSpec[];
  const call = {
    plan,
    wrt: [...leaves.keys()],
    forms: [value as OutputSpec, ...forms.map(gradientForm), ...further].map(formOfHandle),
  };
  const inputs = [...(leaves as readonly Captured[]), ...captured];
  const results =
    hook.tracer === undefined
      ? queueGradient(inputs as readonly PointerTensor[], call)
      : writeGradient(hook.tracer, inputs, call);
  return arrange({ args, output, count: leaves.length }, results);
}

/** Gives results the structures of the arguments and of what the function gave. */
function arrange(
  { args, output, count }: { args: readonly unknown[]; output: unknown; count: number },
  [value, ...others]: readonly unknown[],
): GradientsWithAux {
  const grads = withLeaves(args, others.slice(0, count));
  const { aux } = output as Partial<ValueWithAux<unknown>>;
  const result = aux === undefined ? {} : { aux: withLeaves(aux, others.slice(count)) };
  return { value, grads, ...result } as unknown as GradientsWithAux;
}

/** A function whose first tensor is what is differentiated. */
function withValueFirst(body: (...args: never) => unknown): (...args: never) => unknown {
  return (...args) => {
    const output = body(...args);
    if (output instanceof Promise) return output;
    if (!isBranch(output)) return { value: output };
    const { value, aux, ...others } = output as Partial<ValueWithAux<unknown>>;
    const isOne = value !== undefined && !isBranch(value) && Object.keys(others).length === 0;
    if (isOne && !Array.isArray(output)) return aux === undefined ? { value } : { value, aux };
    throw new PointerMisuseError(
      `valueAndGrads() got a function of ${leavesOf(output).length} results, expected one tensor; return what is to be differentiated, or { value, aux } to have aux come along`,
    );
  };
}

/** Form of the gradient with respect to a tensor; TensorFlow.js makes float32 of every dtype. */
export function gradientForm({ shape }: OutputSpec): OutputSpec {
  return { shape, dtype: 'float32' };
}

/** The pointers among the arguments, in order. */
function checkArguments(hook: TensorHook, args: readonly unknown[]): readonly GradientArgument[] {
  const leaves = Array.isArray(args) ? leavesOf(args) : [];
  if (leaves.length === 0) {
    throw new PointerMisuseError(
      'valueAndGrads() takes one list of pointers, at least one; give it [x]',
    );
  }
  if (leaves.every((value) => value instanceof TensorHandle)) {
    return leaves as readonly unknown[] as readonly GradientArgument[];
  }
  const other: unknown = leaves.find((value) => !(value instanceof TensorHandle));
  const pointer = leaves.find((value) => value instanceof PointerTensor);
  if (pointer !== undefined && isLocalTensor(hook, other)) {
    refuseLocal('valueAndGrads', pointer.location, other);
  }
  const what = isLocalTensor(hook, other) ? 'a local tensor' : typeof other;
  throw new PointerMisuseError(
    `valueAndGrads() got ${what} in its list, expected pointers; send() it to a worker first`,
  );
}

interface GradientCall {
  readonly plan: RemotePlan;
  readonly wrt: readonly number[];
  readonly forms: readonly OutputSpec[];
}

function queueGradient(
  pointers: readonly PointerTensor[],
  { plan, wrt, forms }: GradientCall,
): PointerTensor[] {
  const location = commonLocation('valueAndGrads', pointers as [PointerTensor, ...PointerTensor[]]);
  refuseChains('valueAndGrads', pointers);
  for (const pointer of pointers) pointer.assertUsable('valueAndGrads');
  const references = pointers.map(({ object }) => object.reference);
  return queueComputation(location, {
    inputs: pointers,
    forms,
    travel: (ids) => plainCommand('$grad', references, { plan, wrt, seed: drawSeed() }, ids),
  });
}

function writeGradient(
  tracer: Tracer,
  inputs: readonly Captured[],
  { plan, wrt, forms }: GradientCall,
): readonly unknown[] {
  const args = inputs.map((input) => tracer.nameOf(input));
  return tracer.write('$grad', { args, attributes: { plan, wrt }, forms });
}
