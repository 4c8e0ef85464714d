import { PointerMisuseError } from '../misuse.ts';
import { TensorHandle } from '../tensor-handle.ts';
import type { Tf } from '../tf.ts';

/** Prototypes of optimizers that know about pointers. */
const advised = new WeakSet<object>();

/**
 * Has TensorFlow.js's own optimizers say what to write when they get pointers, which they can't train.
 * Once is enough, twice does no harm.
 */
export function adviseLocalOptimizers(tf: Tf): void {
  const { prototype } = tf.Optimizer;
  if (advised.has(prototype)) return;
  advised.add(prototype);
  const { computeGradients } = prototype;
  prototype.computeGradients = function computeGradientsLocally(loss, variables) {
    if (Array.isArray(variables)) variables.forEach(refusePointer);
    const lossHere = (): ReturnType<typeof loss> => {
      const value = loss();
      refusePointer(value);
      return value;
    };
    // TensorFlow.js itself says what is wrong with other things than functions.
    return computeGradients.call(this, typeof loss === 'function' ? lossHere : loss, variables);
  };
}

function refusePointer(value: unknown): void {
  if (!(value instanceof TensorHandle)) return;
  throw new PointerMisuseError(
    'minimize() got a pointer, and an optimizer of tf.train changes local variables only; write const step = hook.train.adam(0.001).step((params, ...batch) => loss) and ({ params, loss } = step(params, ...batch))',
  );
}
