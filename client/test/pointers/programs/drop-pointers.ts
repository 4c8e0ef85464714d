/** Makes 10,000 pointers and drops them: sent, computed, found and overwritten ones. */
import * as tf from '@tensorflow/tfjs';
import type { PointerTensor, TensorHook, VirtualWorker } from '@tributary/client';
import { collectUntil, start } from './start.ts';

const { bob, hook } = await start();
for (let round = 0; round < 4; round += 1) await sendAndCompute(bob);
await overwrite(bob, hook);
await collectUntil(async () => (await bob.objects()).size === 0);
const { numTensors } = tf.memory();
process.stdout.write(JSON.stringify({ stored: bob.store.size, numTensors }));

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
    pointer = index % 2 === 0 ? last.add(1) : at.tidy(() => last.add(1));
  }
  await pointer.ready();
}
