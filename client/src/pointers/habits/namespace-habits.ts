/** What `hook.tf` says of functions of TensorFlow.js and PyTorch that are no operations of workers. */
import type { Guard } from './guard.ts';
import { isProbed } from './probed-names.ts';
import { TENSOR_HABITS } from './tensor-habits.ts';

const GRADIENTS =
  'gradients at a worker come from hook.valueAndGrads((w) => loss)([w]), and hook.train.sgd(), momentum() or adam() train by them';
const MAKING =
  'tensors are made here and sent: tf.tensor([1, 2]).send(bob), or hook.tf.zeros, ones, fill, range in a plan of no inputs';
const LAYERS =
  'a model at a worker is a function of pointers: send its weights, and hook.train.adam(0.001).step trains it';

const ADVICE: Readonly<Record<string, string>> = {
  bmm: 'write matMul(a, b)',
  cat: 'write concat(list, axis)',
  cross_entropy: 'write losses.softmaxCrossEntropy(labels, logits)',
  customGrad: GRADIENTS,
  from_numpy: MAKING,
  grad: GRADIENTS,
  grads: GRADIENTS,
  keep: 'write hook.tidy(() => …), which keeps what it returns',
  layers: LAYERS,
  loadLayersModel: LAYERS,
  manual_seed: 'operations that draw take a seed: randomNormal(shape, 0, 1, undefined, seed)',
  memory: 'write (await worker.objects()).size for what a worker holds',
  mm: 'write matMul(a, b)',
  model: LAYERS,
  mse_loss: 'write losses.meanSquaredError(labels, predictions)',
  nn: LAYERS,
  optim: GRADIENTS,
  print: 'write (await pointer.get()).print(), or console.log(pointer) for where it points',
  rand: 'write randomUniform(shape)',
  randn: 'write randomNormal(shape)',
  scalar: MAKING,
  sequential: LAYERS,
  tensor: MAKING,
  tensor1d: MAKING,
  tensor2d: MAKING,
  tensor3d: MAKING,
  tensor4d: MAKING,
  tidy: 'write hook.tidy(() => …)',
  train: GRADIENTS,
  valueAndGrad: GRADIENTS,
  valueAndGrads: GRADIENTS,
  variable: 'tensors at workers never change: send() a tensor, and write w = w.sub(step)',
  variableGrads: GRADIENTS,
};

/**
 * How `hook.tf` and its groups of operations are guarded.
 *
 * @param isLocal - True for the names of functions that TensorFlow.js has.
 */
export function namespaceGuard(what: string, isLocal: (name: string) => boolean): Guard {
  return {
    what,
    advice: what === 'hook.tf' ? ADVICE : {},
    advise: (name) => {
      if (isProbed(name)) return undefined;
      if (isLocal(name)) {
        return `${what.replace(/^hook\./, '')}.${name} works on local tensors only: await get() first`;
      }
      const habit = Object.hasOwn(TENSOR_HABITS, name) ? TENSOR_HABITS[name] : undefined;
      return habit === undefined ? undefined : `as a method of a pointer: ${habit}`;
    },
    otherwise: 'it has the operations of TensorFlow.js that workers know, which the README counts',
    refuseSetting: () =>
      'workers know their operations, and no others: write a function of pointers',
  };
}
