import * as tf from '@tensorflow/tfjs';
import { prepareEngine } from '@tributary/client/tfjs';
import { expect, it } from 'vitest';

it('engines that are prepared at once come to the same', async () => {
  const asked = Array.from({ length: 3 }, () => prepareEngine(tf, { prefer: 'wasm' }));
  for (const report of await Promise.all(asked)) {
    expect(report.reason).toBe('WebAssembly runs here, single-threaded');
  }
  expect(tf.getBackend()).toBe('wasm');
});

it('a failed preparation does not hold back the next', async () => {
  const without = new Proxy(tf, {
    get: (target, name) => (name === 'setBackend' ? async () => false : Reflect.get(target, name)),
  });
  const asked = [prepareEngine(without), prepareEngine(tf, { prefer: 'cpu' })];
  const [failed, prepared] = await Promise.allSettled(asked);
  expect(failed).toMatchObject({ reason: { code: 'engine-unavailable' } });
  expect(prepared).toMatchObject({ value: { backend: 'cpu' } });
});
