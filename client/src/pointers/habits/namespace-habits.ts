/** What `hook.tf` says of functions of TensorFlow.js and PyTorch that are no operations of workers. */
import { findAlike } from './find-alike.ts';

const GRADIENTS =
  'gradients at a worker come from hook.valueAndGrads((w) => loss)([w]), and hook.train.sgd(), momentum() or adam() train by them';

const ADVICE: Readonly<Record<string, string>> = {
  bmm: 'write matMul(a, b)',
  cat: 'write concat(list, axis)',
  customGrad: GRADIENTS,
  dispose: 'write pointer.dispose()',
  grad: GRADIENTS,
  grads: GRADIENTS,
  keep: 'write hook.tidy(() => …), which keeps what it returns',
  mm: 'write matMul(a, b)',
  train: GRADIENTS,
  valueAndGrad: GRADIENTS,
  valueAndGrads: GRADIENTS,
  variable: 'tensors at workers never change: send() a tensor, and write w = w.sub(step)',
  variableGrads: GRADIENTS,
};

/** What to do instead of calling a function that `hook.tf` does not have. */
export function adviseOnNamespace(name: string, receiver: object): string | undefined {
  if (Object.hasOwn(ADVICE, name)) return ADVICE[name];
  const alike = findAlike(name, receiver);
  return alike === undefined ? undefined : `write ${alike}`;
}
