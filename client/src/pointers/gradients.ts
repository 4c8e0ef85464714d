import type { OutputSpec } from '../execution/index.ts';
import type { RemotePlan } from '../protocol/index.ts';
import { commonLocation, refuseChains, refuseLocal } from './collocation.ts';
import { MultiPointerTensor } from './multi-pointer-tensor.ts';
import { formOfHandle } from './operands.ts';
import { plainCommand } from './plain-command.ts';
import { PointerTensor } from './pointer-tensor.ts';
import { queueComputation } from './queue-computation.ts';
import { drawSeed } from './seed.ts';
import { spreadOver } from './spread-over.ts';
import { leavesOf } from './structure.ts';
import { TensorHandle } from './tensor-handle.ts';
import type { TensorHook } from './tensor-hook.ts';
import { FormLeaf, trace } from './trace.ts';
import type { Captured, Tracer } from './tracer.ts';

/** What gradients can be with respect to: pointers, or multi-pointers for gradients at every worker. */
export type GradientArgument = PointerTensor | MultiPointerTensor;

/**
 * A function's value and its gradients with respect to each argument.
 *
 * @typeParam Args - The arguments; there is one gradient for each.
 */
export interface ValueAndGradients<
  Args extends readonly GradientArgument[] = readonly PointerTensor[],
> {
  readonly value: Args[number];
  readonly grads: { -readonly [Index in keyof Args]: Args[Index] };
}

/**
 * Computes a function and its gradients at the worker that holds the arguments, as
 * `tf.valueAndGrads` does here. Other remote tensors that the function uses are constants to it.
 *
 * @throws TypeError when the arguments are no list of pointers, or the function gives more than one
 * tensor.
 * @throws TensorsNotCollocatedError when not all of them are at one worker.
 */
export function valueAndGradients(
  hook: TensorHook,
  body: (...args: never) => unknown,
  args: readonly GradientArgument[],
): ValueAndGradients<readonly GradientArgument[]> {
  checkArguments(hook, args);
  const multi = args.filter((value) => value instanceof MultiPointerTensor);
  if (multi.length > 0) {
    const single = args.filter((value) => value instanceof PointerTensor);
    const call = { name: 'valueAndGrads', args, multi, single };
    return spreadOver(hook, call, (at) =>
      valueAndGradients(hook, body, at as readonly PointerTensor[]),
    ) as ValueAndGradients<readonly GradientArgument[]>;
  }
  const forms = args.map(formOfHandle);
  const { plan, output, captured } = trace(hook, body, {
    args: forms.map((form) => new FormLeaf(form)),
    captures: true,
  });
  const call = {
    plan,
    wrt: [...args.keys()],
    forms: [formOfOne(output), ...forms.map(gradientForm)],
  };
  const inputs = [...(args as readonly Captured[]), ...captured];
  const [value, ...grads] =
    hook.tracer === undefined
      ? queueGradient(inputs as readonly PointerTensor[], call)
      : writeGradient(hook.tracer, inputs, call);
  return { value, grads } as unknown as ValueAndGradients<readonly GradientArgument[]>;
}

/** Form of the gradient with respect to a tensor; TensorFlow.js makes float32 of every dtype. */
export function gradientForm({ shape }: OutputSpec): OutputSpec {
  return { shape, dtype: 'float32' };
}

function checkArguments(hook: TensorHook, args: readonly unknown[]): void {
  if (!Array.isArray(args) || args.length === 0) {
    throw new TypeError('valueAndGrads() takes one list of pointers, at least one; give it [x]');
  }
  const other: unknown = args.find((value) => !(value instanceof TensorHandle));
  if (other === undefined) return;
  const pointer = args.find((value) => value instanceof PointerTensor);
  if (pointer !== undefined && other instanceof hook.localTf.Tensor) {
    refuseLocal('valueAndGrads', pointer.location, other);
  }
  const what = other instanceof hook.localTf.Tensor ? 'a local tensor' : typeof other;
  throw new TypeError(
    `valueAndGrads() got ${what} in its list, allowed are pointers; send() it to a worker first`,
  );
}

/** Form of the one tensor that a function gave. */
function formOfOne(output: unknown): OutputSpec {
  const [first, ...others] = leavesOf(output);
  if (others.length === 0 && first !== undefined) {
    return formOfHandle(first as OutputSpec);
  }
  throw new TypeError(
    `valueAndGrads() got a function of ${others.length + 1} results, allowed is one tensor; return what is to be differentiated alone`,
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
