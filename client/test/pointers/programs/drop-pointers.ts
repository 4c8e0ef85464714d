/** Makes more than 10,000 pointers of every kind and drops them, none disposed by name. */
import * as tf from '@tensorflow/tfjs';
import { type PointerTensor, type TensorHook, VirtualWorker } from '@tributary/client';
import { collectUntil, start } from './start.ts';

const { bob, hook } = await start();
for (let round = 0; round < 4; round += 1) await sendAndCompute(bob);
await overwrite(bob, hook);
const alice = new VirtualWorker(hook, { id: 'alice' });
await combine(bob, alice);
const workers = [bob, alice];
await collectUntil(async () => {
  const held = await Promise.all(workers.map(async (worker) => (await worker.objects()).size));
  return held.every((count) => count === 0);
});
const { numTensors } = tf.memory();
const stored = workers.map(({ store }) => store.size);
const known = workers.map(({ queue }) => queue.ownObjects().length);
process.stdout.write(JSON.stringify({ stored, known, numTensors }));

async function sendAndCompute(worker: VirtualWorker): Promise<void> {
  const local = tf.tensor1d([1, 2, 3]);
  for (let index = 0; index < 1_000; index += 1) local.send(worker).add(index);
  local.dispose();
  await worker.queue.flush();
  await worker.search();
}

async function overwrite(worker: VirtualWorker, at: TensorHook): Promise<void> {
  const zeros = tf.zeros([10]);
  let pointer: PointerTensor = zeros.send(worker);
  zeros.dispose();
  for (let index = 0; index < 2_000; index += 1) {
    const last = pointer;
    pointer = index % 2 === 0 ? last.add(1) : at.tidy(() => last.add(0.5).add(0.5));
  }
  await pointer.ready();
}

/** Chains, multi-pointers, several results, plans, gradients, and what fails or was moved. */
async function combine(here: VirtualWorker, there: VirtualWorker): Promise<void> {
  const local = tf.tensor1d([1, 2, 3, 4]);
  const plan = here.hook.plan((a) => ({ twice: a.add(a), odd: a.mod(2) }));
  for (let round = 0; round < 100; round += 1) {
    const pointer = local.send(here);
    pointer.send(there).add(pointer.send(there)).split(2);
    local.send(here, there).mul(2).tag('#both');
    plan.run(here, pointer);
    here.hook.valueAndGrads((a) => a.square().sum())([pointer]);
    pointer.gather([9]).add(1);
    await pointer.copy().move(there);
  }
  local.dispose();
}
