/** TensorFlow.js as the worker's function carries it: operations, gradients, cpu and wasm; no layers, no data. */
import * as core from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import '@tensorflow/tfjs-backend-cpu';
import { fileURLToPath } from 'node:url';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import type { Tf } from '@tributary/client/execution';

/**
 * TensorFlow.js, ready to compute. Its WebAssembly lies beside the function's code, and is read when
 * it is first needed.
 */
export async function loadTensorFlow(): Promise<Tf> {
  setWasmPaths(fileURLToPath(new URL('./', import.meta.url)));
  // Otherwise tfjs would wait for the fastest backend, which is to be replaced at any time.
  await core.setBackend('cpu');
  return core as unknown as Tf;
}
