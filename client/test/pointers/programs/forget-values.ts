/** Ends while operations wait that nobody asked for, and with failed ones that nobody heard of. */
import * as tf from '@tensorflow/tfjs';
import { start } from './start.ts';

const { bob, hook } = await start();
const pointer = tf.zeros([5]).send(bob);
const failed = pointer.gather([9]);
await pointer.add(1).ready();
failed.mul(2).square();
hook.tidy(() => pointer.add(2));
tf.ones([3]).send(bob);
