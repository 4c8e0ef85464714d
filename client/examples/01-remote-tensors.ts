/**
 * Remote tensors, one step at a time: `npm run lesson`, or `npm run lesson -- --lambda` with workers
 * that are Lambda functions on a local cloud.
 */
import * as tf from '@tensorflow/tfjs';
import { TensorHook } from '@tributary/client';
import { startWorkers } from './start-workers.ts';

const step = (sentence: string): void => console.log(`\n${sentence}`);
const show = (value: unknown): void => console.log(String(value));

tf.enableProdMode(); // Keeps TensorFlow.js's advertisement out of the lesson.

step('A tensor of this program, and its sum with itself:');
const x = tf.tensor1d([1, 2, 3, 4, 5], 'int32');
show(x.add(x));

step('A hook gives tensors a send(). It has a worker of its own, which stands for this program:');
const hook = new TensorHook(tf);
show(hook.localWorker);

step('Bob is another person, with another machine. It holds nothing so far:');
const workers = await startWorkers(hook);
const bob = await workers.start('bob');
console.log(await bob.objects());

step('x.send(bob) copies the tensor to that machine, which tells what it holds, values apart:');
const pointer = x.send(bob);
console.log(await bob.objects());

step('What stays here is a pointer:');
show(pointer);

step('It has the operations of a tensor. Each becomes a small command, which Bob carries out:');
const doubled = pointer.add(pointer);
show(doubled);
show(await doubled.get());

step('It knows where the tensor is:');
show(pointer.location);
console.log(pointer.location === bob);

step(
  'It has an id, and so has the tensor over there. Printed pointers show both as short numbers:',
);
console.log(pointer.id);
console.log(pointer.idAtLocation);

step('It belongs to this program:');
show(pointer.owner);

step('get() brings the tensor back:');
show(await pointer.get());

step('And Bob has it no longer:');
console.log(await bob.objects());

step('Alice has a machine too. One send() to both gives a pointer made of two:');
const alice = await workers.start('alice');
const both = x.send(bob, alice);
show(both);

step('They are found by the name of the worker:');
console.log(both.child.child);

step('Getting it brings a list, one tensor from each:');
for (const tensor of await both.get()) show(tensor);

step('Or their sum:');
show(await x.send(bob, alice).get({ sumResults: true }));

await workers.close();
