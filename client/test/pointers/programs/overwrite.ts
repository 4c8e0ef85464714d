/** Overwrites a pointer a thousand times, and ends without a word. */
import * as tf from '@tensorflow/tfjs';
import { start } from './start.ts';

const { bob } = await start();
let p = tf.zeros([1_000]).send(bob);
for (let index = 0; index < 1_000; index += 1) p = p.add(1);
await p.ready();
const failed = p.gather([1_000_000]);
failed.add(1);
p.dispose();
