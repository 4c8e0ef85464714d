import * as tf from '@tensorflow/tfjs';
import { type PointerTensor, TensorHook, VirtualWorker } from '@tributary/client';
import { OPERATIONS } from '../../../src/protocol/commands/operations.generated.ts';
import { substitute, type Weighted } from './central-differences.ts';

const hook = new TensorHook(tf);
const bob = new VirtualWorker(hook, { id: 'bob' });

type Call = (...args: unknown[]) => unknown;
type Body = (...variables: PointerTensor[]) => PointerTensor;

/** Σ weight · result, as programs write it: an operation of the hook on pointers, and arithmetic. */
function lossOf({ op, given, weights }: Weighted, xs: readonly tf.Tensor[]): Body {
  const call = op
    .split('.')
    .reduce<unknown>((holder, part) => (holder as Record<string, unknown>)[part], hook.tf) as Call;
  return (...variables) => {
    const args = substitute(given, (tensor) => variables[xs.indexOf(tensor)] ?? tensor);
    const made = call(...(args as unknown[]));
    const { outputs } = OPERATIONS[op] ?? {};
    const results = Array.isArray(outputs)
      ? outputs.map((name) => (made as Record<string, unknown>)[name])
      : [made].flat();
    return results
      .flatMap((result, place) => {
        const weight = weights[place];
        return weight === undefined ? [] : [(result as PointerTensor).mul(weight).sum()];
      })
      .reduce((sum, term) => sum.add(term));
  };
}

/**
 * Gradients at a worker.
 *
 * @throws the refusal of the worker.
 */
export async function gradientsAt(call: Weighted, xs: readonly tf.Tensor[]): Promise<tf.Tensor[]> {
  return gradientsOfBody(lossOf(call, xs), xs);
}

/** Gradients of Σ u · (the gradient of the first tensor), with respect to all. */
export async function secondGradientsAt(
  call: Weighted,
  xs: readonly tf.Tensor[],
  u: tf.Tensor,
): Promise<tf.Tensor[]> {
  const loss = lossOf(call, xs);
  const alongGradient: Body = (...variables) => {
    const { grads } = hook.valueAndGrads(loss)(variables);
    return (grads[0] as PointerTensor).mul(u).sum();
  };
  return gradientsOfBody(alongGradient, xs);
}

async function gradientsOfBody(body: Body, xs: readonly tf.Tensor[]): Promise<tf.Tensor[]> {
  const pointers = xs.map((x) => x.send(bob));
  const { value, grads } = hook.valueAndGrads(body)(pointers);
  const outcomes = await Promise.allSettled(grads.map((gradient) => gradient.get()));
  for (const pointer of [...pointers, value]) pointer.dispose();
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value as tf.Tensor;
  });
}
