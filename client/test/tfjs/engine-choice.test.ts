/** Which engine is chosen: one that has computed a small gradient right. */
import * as tf from '@tensorflow/tfjs';
import { prepareEngine } from '@tributary/client/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';

// It loads; what it registers, each test registers for it.
vi.mock('@tensorflow/tfjs-node', () => ({}));

type Backend = ConstructorParameters<typeof Proxy<tf.KernelBackend>>[0];

/** A backend that is there, over that of cpu. */
function standIn(members: Readonly<Record<string, unknown>>): void {
  const factory = (): tf.KernelBackend => {
    const cpu = tf.findBackend('cpu') as Backend;
    return new Proxy(cpu, {
      get: (target, name) => members[String(name)] ?? bound(target, Reflect.get(target, name)),
    });
  };
  tf.registerBackend('tensorflow', factory, 3);
  for (const kernel of tf.getKernelsForBackend('cpu'))
    tf.registerKernel({ ...kernel, backendName: 'tensorflow' });
}

function bound(target: object, member: unknown): unknown {
  return typeof member === 'function' ? member.bind(target) : member;
}

afterEach(() => {
  vi.unstubAllGlobals();
  if (tf.findBackendFactory('tensorflow') !== null) tf.removeBackend('tensorflow');
  for (const { kernelName } of tf.getKernelsForBackend('tensorflow'))
    tf.unregisterKernel(kernelName, 'tensorflow');
});

describe('a native package that loads', () => {
  it('and fails at its first operation is passed over, with what it said', async () => {
    await tf.setBackend('cpu');
    const write = (): never => {
      throw new TypeError('util_1.isNullOrUndefined is not a function');
    };
    standIn({ write });
    const before = tf.memory().numTensors;
    const { backend, reason } = await prepareEngine();
    expect(backend).toBe('wasm');
    expect(tf.getBackend()).toBe('wasm');
    expect(reason).toBe(
      'WebAssembly runs here, single-threaded; tensorflow is not used: its first gradient failed: util_1.isNullOrUndefined is not a function',
    );
    expect(tf.memory().numTensors).toBe(before);
    expect([
      ...tf
        .grad((x) => tf.square(x))(tf.tensor1d([3]))
        .dataSync(),
    ]).toEqual([6]);
  });

  it('and computes a wrong gradient is passed over', async () => {
    await tf.setBackend('cpu');
    standIn({});
    const kernel = tf.getKernel('Conv2DBackpropFilter', 'cpu');
    const kernelFunc: tf.KernelFunc = (call) => {
      const right = kernel.kernelFunc(call) as tf.TensorInfo;
      return tf.mul(tf.engine().makeTensorFromTensorInfo(right), 2);
    };
    tf.unregisterKernel('Conv2DBackpropFilter', 'tensorflow');
    tf.registerKernel({ ...kernel, backendName: 'tensorflow', kernelFunc });
    const { backend, reason } = await prepareEngine();
    expect(backend).toBe('wasm');
    expect(reason).toContain('; tensorflow is not used: its first gradient was wrong');
  });

  it('and computes right is used', async () => {
    await tf.setBackend('cpu');
    standIn({});
    expect(await prepareEngine()).toMatchObject({
      backend: 'tensorflow',
      reason: 'the native binary is installed',
    });
  });
});

describe('in a browser', () => {
  it('webgl comes first, and wasm without its files says what to set, without a try', async () => {
    vi.stubGlobal('process', { ...process, versions: {} });
    const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { backend, reason } = await prepareEngine();
    expect(backend).toBe('cpu');
    expect(reason).toMatch(
      /^plain JavaScript runs everywhere, slowly; webgl is not used: .*; wasm is not used: in a browser it needs .*prepareEngine\(tf, \{ wasmPaths: "\/their\/folder\/" \}\)$/,
    );
    expect(errors).not.toHaveBeenCalled();
    errors.mockRestore();
  });

  it('the native package is not looked for unless it is preferred', async () => {
    vi.stubGlobal('process', { ...process, versions: {} });
    const { reason } = await prepareEngine(tf, { prefer: 'cpu' });
    expect(reason).toBe('plain JavaScript runs everywhere, slowly');
    expect((await prepareEngine(tf, { prefer: 'tensorflow' })).reason).toContain(
      'tensorflow is not used: it needs Node',
    );
  });
});
