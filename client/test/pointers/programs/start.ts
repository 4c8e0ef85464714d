import * as tf from '@tensorflow/tfjs';
import { TensorHook, VirtualWorker } from '@tributary/client';

/** A hook and a worker for a program of its own process. */
export async function start(): Promise<{ readonly hook: TensorHook; readonly bob: VirtualWorker }> {
  await tf.setBackend('cpu');
  const hook = new TensorHook(tf);
  return { hook, bob: new VirtualWorker(hook, { id: 'bob' }) };
}

/** Collects garbage until a condition holds. */
export async function collectUntil(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    (globalThis as unknown as { gc(): void }).gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
