/** The TensorFlow.js that a program uses; handed in, so that there is never a second one. */
export type Tf = typeof import('@tensorflow/tfjs');
