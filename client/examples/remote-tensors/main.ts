import * as tf from '@tensorflow/tfjs';
import { TensorHook, VirtualWorker } from '@tributary/client';

const hook = new TensorHook(tf); // Gives tensors a send().
const bob = new VirtualWorker(hook, { id: 'bob' });

// A copy for Bob, and commands on it. Nothing has travelled yet; shapes are known all the same.
const x = tf.tensor1d([1, 2, 3, 4, 5]).send(bob);
const squares = x.square();
console.log(squares.shape, squares.dtype); // [ 5 ] float32

// Asking for a value sends everything that is queued, in one message. The sum leaves Bob's machine.
const sum = await squares.sum().get();
console.log(sum.dataSync()); // Float32Array(1) [ 55 ]

// Gradients are computed where the data are; traced once, the same command serves every step.
const step = hook.plan((w, x) => {
  const { grads } = hook.valueAndGrads((w) => x.mul(w).sub(x).square().sum())([w]);
  return w.sub(grads[0].mul(0.01));
});
const w = await step.run(bob, tf.scalar(0).send(bob), x).get();
console.log(w.dataSync()[0]?.toFixed(2)); // 1.10
