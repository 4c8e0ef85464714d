import type { OutputSpec } from '../execution/index.ts';
import type { RemotePlan } from '../protocol/index.ts';
import { commonLocation } from './collocation.ts';
import { plainCommand } from './plain-command.ts';
import { PointerTensor } from './pointer-tensor.ts';
import { drawSeed } from './seed.ts';
import { newObject } from './send.ts';
import type { TensorHook } from './tensor-hook.ts';
import { trace } from './trace.ts';
import type { Captured, Tracer } from './tracer.ts';

/**
 * A function's value and its gradients with respect to each argument.
 *
 * @typeParam Args - The arguments; there is one gradient for each.
 */
export interface ValueAndGradients<
  Args extends readonly PointerTensor[] = readonly PointerTensor[],
> {
  readonly value: PointerTensor;
  readonly grads: { -readonly [Index in keyof Args]: PointerTensor };
}

/** Form of what a gradient is of: one number. */
const SCALAR: OutputSpec = { shape: [], dtype: 'float32' };

/**
 * Computes a function and its gradients at the worker that holds the arguments, as
 * `tf.valueAndGrads` does here. Other remote tensors that the function uses are constants to it.
 *
 * @throws TensorsNotCollocatedError when not all of them are at one worker.
 */
export function valueAndGradients<Args extends readonly PointerTensor[]>(
  hook: TensorHook,
  body: (...args: never) => unknown,
  args: Args,
): ValueAndGradients<Args> {
  const forms = args.map(({ shape, dtype }): OutputSpec => ({ shape, dtype }));
  const { plan, captured } = trace(hook, body, { forms, captures: true });
  const call = { plan, wrt: [...args.keys()], forms: [SCALAR, ...forms] };
  const inputs: readonly Captured[] = [...args, ...captured];
  const [value, ...grads] =
    hook.tracer === undefined
      ? queueGradient(inputs as readonly PointerTensor[], call)
      : writeGradient(hook.tracer, inputs, call);
  return { value, grads } as unknown as ValueAndGradients<Args>;
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
  for (const pointer of pointers) pointer.assertUsable('valueAndGrads');
  const objects = forms.map((form) => newObject(location, form));
  location.queue.push({
    inputs: pointers.map(({ object }) => object),
    outputs: objects,
    isWanted: false,
    storesResults: false,
    ...plainCommand(
      '$grad',
      pointers.map(({ object }) => object.reference),
      { plan, wrt, seed: drawSeed() },
      objects.map(({ id }) => id),
    ),
  });
  return objects.map((object) => new PointerTensor({ location, object }));
}

function writeGradient(
  tracer: Tracer,
  inputs: readonly Captured[],
  { plan, wrt, forms }: GradientCall,
): readonly unknown[] {
  const args = inputs.map((input) => tracer.nameOf(input));
  return tracer.write('$grad', { args, attributes: { plan, wrt }, forms });
}
