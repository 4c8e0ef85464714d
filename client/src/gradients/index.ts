/** Gradients that TensorFlow.js lacks or has wrong; workers and local training compute with them. */
export {
  correctedGradients,
  registerGradients,
  trainingGradients,
  withGradients,
} from './registry.ts';
