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

/** Ends the first waits of a minute as soon as nothing else is to do. */
function minutesPassAtOnce(count: number): void {
  const wait = globalThis.setTimeout;
  let passed = 0;
  vi.stubGlobal('setTimeout', (run: () => void, ms = 0) => {
    const isMinute = ms === 60_000;
    passed += isMinute ? 1 : 0;
    return wait(run, isMinute && passed <= count ? 0 : ms);
  });
}

type KernelCall = Parameters<tf.KernelFunc>[0];

/** Puts a kernel in place of the stand-in's, which it may ask for what is right. */
function replaceKernel(
  kernelName: string,
  compute: (call: KernelCall, right: (call: KernelCall) => tf.TensorInfo) => tf.TensorInfo,
): void {
  const kernel = tf.getKernel(kernelName, 'cpu');
  const right = (call: KernelCall) => kernel.kernelFunc(call) as tf.TensorInfo;
  tf.unregisterKernel(kernelName, 'tensorflow');
  const kernelFunc: tf.KernelFunc = (call) => compute(call, right);
  tf.registerKernel({ ...kernel, backendName: 'tensorflow', kernelFunc });
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
    replaceKernel('Conv2DBackpropFilter', (call, right) =>
      tf.mul(tf.engine().makeTensorFromTensorInfo(right(call)), 2),
    );
    const { backend, reason } = await prepareEngine();
    expect(backend).toBe('wasm');
    expect(reason).toContain('; tensorflow is not used: its first gradient was wrong');
  });

  it('and gives NaN when it is used again is passed over', async () => {
    await tf.setBackend('cpu');
    standIn({});
    let calls = 0;
    replaceKernel('Relu', (call, right) => {
      calls += 1;
      return calls === 1 ? right(call) : tf.fill([1, 1], Number.NaN);
    });
    const { backend, reason } = await prepareEngine();
    expect(backend).toBe('wasm');
    expect(reason).toContain('; tensorflow is not used: its second gradient was wrong');
  });

  it('and computes a right gradient of a wrong value is passed over', async () => {
    await tf.setBackend('cpu');
    standIn({});
    replaceKernel('Sum', (call, right) => {
      const sum = tf.engine().makeTensorFromTensorInfo(right(call));
      return sum.rank === 0 ? tf.mul(sum, 2) : sum;
    });
    expect((await prepareEngine()).reason).toContain(
      'tensorflow is not used: its first gradient was wrong',
    );
  });

  it('and fails when its values are read is passed over', async () => {
    await tf.setBackend('cpu');
    standIn({ read: () => Promise.reject(new Error('The device is lost')) });
    const { backend, reason } = await prepareEngine();
    expect(backend).toBe('wasm');
    expect(reason).toContain('its first gradient failed: The device is lost');
  });

  it('and does not start, later than its factory returns, is passed over', async () => {
    await tf.setBackend('cpu');
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    tf.registerBackend('tensorflow', () => Promise.reject(new Error('No driver')), 3);
    const { backend, reason } = await prepareEngine();
    expect(backend).toBe('wasm');
    expect(reason).toContain('tensorflow is not used: it did not initialise');
    warn.mockRestore();
  });

  it('and never starts is passed over after a while, also when it starts after all', async () => {
    await tf.setBackend('cpu');
    let start: (backend: tf.KernelBackend) => void = () => undefined;
    tf.registerBackend('tensorflow', () => new Promise((resolve) => (start = resolve)), 3);
    minutesPassAtOnce(1);
    const { backend, reason } = await prepareEngine();
    expect(backend).toBe('wasm');
    expect(reason).toContain('tensorflow is not used: it did not start within a minute');
    start(tf.findBackend('cpu'));
    await tf.ready();
    await new Promise((resolve) => setTimeout(resolve));
    expect(tf.getBackend()).toBe('wasm');
  });

  it('and never answers is passed over after a while', async () => {
    await tf.setBackend('cpu');
    standIn({ read: () => new Promise(() => undefined) });
    minutesPassAtOnce(2);
    const { backend, reason } = await prepareEngine();
    expect(backend).toBe('wasm');
    expect(reason).toContain(
      'tensorflow is not used: its first gradient failed: it did not answer within a minute',
    );
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
