/** Names that people know of the optimizers of PyTorch and TensorFlow.js, and what is there instead. */
import type { Guard } from './guard.ts';

const OTHERS =
  'there are sgd, momentum and adam; other rules are written with hook.valueAndGrads((w) => loss)([w])';

/** How `hook.train` is guarded. */
export const OPTIMIZERS: Guard = {
  what: 'hook.train',
  advice: {
    adadelta: OTHERS,
    adagrad: OTHERS,
    adamax: OTHERS,
    adamw: OTHERS,
    lbfgs: OTHERS,
    nesterov: 'write momentum(learningRate, momentum, true)',
    rmsprop: OTHERS,
    step: 'write hook.train.adam(0.001).step((params, ...batch) => loss)',
  },
  otherwise: OTHERS,
  refuseSetting: () => OTHERS,
  takes: {
    adam: [4],
    momentum: [3],
    sgd: [1, 'momentum is hook.train.momentum(learningRate, momentum)'],
  },
};

const STEP =
  'write const step = optimizer.step((params, ...batch) => loss) and ({ params, loss } = step(params, ...batch))';
const NO_GRADIENTS_KEPT = 'each step computes its own gradients and keeps none: leave it out';
const STATE =
  'what an optimizer remembers of a parameter goes with the pointer that a step gave: keep the params';
const RATE = 'read or set learningRate';

/** How optimizers are guarded. */
export const OPTIMIZER: Guard = {
  what: 'An optimizer',
  advice: {
    add_param_group: STEP,
    applyGradients: STEP,
    compute_gradients: STEP,
    computeGradients: STEP,
    dispose: 'it holds no tensors: leave it out, and dispose() the params',
    getConfig: RATE,
    getWeights: STATE,
    load_state_dict: STATE,
    lr: RATE,
    minimize: STEP,
    param_groups: RATE,
    setLearningRate: RATE,
    setWeights: STATE,
    state: STATE,
    state_dict: STATE,
    zero_grad: NO_GRADIENTS_KEPT,
    zeroGrad: NO_GRADIENTS_KEPT,
  },
  otherwise: `it has step and learningRate: ${STEP}`,
  refuseSetting: (name) =>
    name === 'lr' ? 'write learningRate' : 'only learningRate changes; make another optimizer',
  takes: { step: [1, STEP] },
};

/** Options as others call them. */
export const OPTION_HABITS: Readonly<Record<string, string>> = {
  betas: 'write beta1 and beta2',
  dampening: 'momentum has none: leave it out',
  decay: 'set learningRate between steps',
  eps: 'write epsilon',
  lr: 'write learningRate',
  nesterov: 'write useNesterov',
  weight_decay: 'add its term to the loss: loss.add(w.square().sum().mul(decay))',
  weightDecay: 'add its term to the loss: loss.add(w.square().sum().mul(decay))',
};
