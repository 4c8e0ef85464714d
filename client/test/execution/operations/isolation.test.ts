import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inferOperation } from '../../../src/execution/operations/infer-operation.ts';
import { runOperation } from '../../../src/execution/operations/run-operation.ts';
import { withSafeBackend } from '../../../src/execution/operations/safe-backend.ts';

const form = { shape: [2, 3], dtype: 'float32' as const };
const infer = () =>
  inferOperation(tf, { op: 'matMul', args: [form, form], attributes: { transposeB: true } });
const refused = () => inferOperation(tf, { op: 'matMul', args: [form, form], attributes: {} });

/** What the operation that runs has used. */
const usage = () =>
  (tf.engine().findBackend('tributary-safe') as unknown as { usage: Usage }).usage;

interface Usage {
  work: number;
  bytesBefore: number;
}

beforeEach(() => tf.setBackend('cpu'));

describe('inferring and running beside whatever the user does', () => {
  afterEach(() => tf.disposeVariables());

  it('leaves no tensor, refused or not', () => {
    infer();
    const before = tf.memory();
    infer();
    expect(refused).toThrow(expect.objectContaining({ code: 'argument-invalid' }));
    expect(tf.memory()).toEqual(before);
  });

  it('says in words of its own what does not fit', () => {
    expect(refused).toThrow(/^(BatchMatMul|Operation matMul) /);
  });

  it('leaves the backend that was active, refused or not', () => {
    infer();
    expect(tf.getBackend()).toBe('cpu');
    expect(refused).toThrow();
    expect(tf.getBackend()).toBe('cpu');
    expect(() =>
      withSafeBackend(tf, () => {
        throw new Error('of the user');
      }),
    ).toThrow('of the user');
    expect(tf.getBackend()).toBe('cpu');
  });

  it('is not what tfjs takes for its best backend', async () => {
    infer();
    runOperation(tf, { op: 'abs', args: [tf.scalar(-1)], attributes: {} });
    const { registryFactory } = tf.engine();
    const own = ['tributary-shapes', 'tributary-safe'];
    expect(own.every((name) => registryFactory[name] !== undefined)).toBe(true);
    // tfjs chooses among the names that it can list.
    expect(Object.keys(registryFactory).filter((name) => own.includes(name))).toEqual([]);
    expect(Object.keys(registryFactory)).toContain('cpu');
  });

  it('gives results that outlive the scope they were made in, and are disposed one by one', () => {
    const x = tf.tensor1d([4, 9]);
    const before = tf.memory().numTensors;
    const [root] = runOperation(tf, { op: 'sqrt', args: [x], attributes: {} });
    expect(root?.arraySync()).toEqual([2, 3]);
    root?.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(x.arraySync()).toEqual([4, 9]);
  });

  it('gives tensors of their own where tfjs hands on an argument', () => {
    const x = tf.tensor1d([1, 2]);
    const [same] = runOperation(tf, { op: 'ensureShape', args: [x], attributes: { shape: [2] } });
    expect(same).not.toBe(x);
    same?.dispose();
    expect(x.arraySync()).toEqual([1, 2]);
  });

  it('works within tidy, whose end frees the results', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      infer();
      runOperation(tf, { op: 'add', args: [tf.scalar(1), { value: 1 }], attributes: {} });
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('records nothing for gradients that are being taken', () => {
    const x = tf.scalar(3);
    const before = tf.memory().numTensors;
    const gradient = tf.grad((y) => {
      infer();
      return y.mul(y);
    })(x);
    expect(gradient.arraySync()).toBe(6);
    gradient.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('bounds the work of all that runs in one go', () => {
    runOperation(tf, { op: 'abs', args: [tf.ones([2])], attributes: {} });
    withSafeBackend(tf, () => {
      usage().work = 2 ** 34;
      expect(() => runOperation(tf, { op: 'abs', args: [tf.ones([2])], attributes: {} })).toThrow(
        expect.objectContaining({ code: 'work-too-large' }),
      );
    });
    expect(runOperation(tf, { op: 'abs', args: [tf.ones([2])], attributes: {} })).toHaveLength(1);
  });

  it('bounds the bytes that are held in one go', () => {
    const square = (x: tf.Tensor) => runOperation(tf, { op: 'square', args: [x], attributes: {} });
    const [x, before] = [tf.ones([2]), tf.memory().numTensors];
    withSafeBackend(tf, () => {
      usage().bytesBefore -= 2 ** 29;
      expect(() => square(x)).not.toThrow();
      expect(() => square(x)).toThrow(expect.objectContaining({ code: 'memory-exceeded' }));
    });
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(square(x)).toHaveLength(1);
  });

  it('ends before a kernel that comes too late', () => {
    let asked = 0;
    const assertInTime = () => {
      asked += 1;
      if (asked === 5) throw new Error('too late');
    };
    const [x, before] = [tf.eye(4), tf.memory()];
    const request = { op: 'linalg.qr', args: [x], attributes: {} };
    expect(() => runOperation(tf, request, assertInTime)).toThrow();
    expect(asked).toBe(5);
    expect(tf.memory()).toEqual(before);
  });

  it('lets gradients through operations that ran', () => {
    const square = (y: tf.Tensor) => {
      const [result] = runOperation(tf, { op: 'mul', args: [y, y], attributes: {} });
      return result as tf.Tensor;
    };
    const x = tf.scalar(3);
    const before = tf.memory().numTensors;
    const gradient = withSafeBackend(tf, () => tf.grad(square)(x));
    expect(gradient.arraySync()).toBe(6);
    gradient.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
