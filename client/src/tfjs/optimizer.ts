/** tfjs optimizers from a plan's settings. */
import * as tf from '@tensorflow/tfjs';
import type { OptimizerSettings, TrainingSettings } from './settings.ts';

/** Named forms of optimizers whose options all have defaults. */
function spelledOut(settings: OptimizerSettings): Exclude<OptimizerSettings, 'adam'> {
  return settings === 'adam' ? { kind: 'adam' } : settings;
}

/** A fresh optimizer; {@link disposeOptimizer} frees it. */
export function optimizerFor(settings: TrainingSettings): tf.Optimizer {
  const { learningRate } = settings;
  const optimizer = spelledOut(settings.optimizer);
  if (optimizer === 'sgd') return tf.train.sgd(learningRate);
  switch (optimizer.kind) {
    case 'momentum':
      return tf.train.momentum(learningRate, optimizer.momentum, optimizer.nesterov);
    case 'adam':
      return tf.train.adam(learningRate, optimizer.beta1, optimizer.beta2, optimizer.epsilon);
    case 'rmsprop': {
      const { decay, momentum, epsilon } = optimizer;
      return tf.train.rmsprop(learningRate, decay, momentum, epsilon);
    }
    case 'adagrad':
      return tf.train.adagrad(learningRate, optimizer.initialAccumulator);
  }
}

/** Frees what the optimizer holds, the scalar that tfjs's momentum optimizer forgets included. */
export function disposeOptimizer(optimizer: tf.Optimizer): void {
  optimizer.dispose();
  const rate: unknown = Reflect.get(optimizer, 'c');
  if (rate instanceof tf.Tensor && !rate.isDisposed) rate.dispose();
}
