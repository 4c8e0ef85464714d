/** Kernels that make tensors of numbers alone. */
import type { DataType } from '@tensorflow/tfjs';
import { integerOf, integersOf } from '../arguments.ts';
import { checkHeld } from '../held-numbers.ts';
import { refuse } from '../refuse.ts';
import type { KernelCall, KernelRule } from '../spec.ts';

const fill: KernelRule = (call) => {
  const { value, dtype } = call.attrs;
  const asked = dtype as DataType | null | undefined;
  const shape = integersOf(call, 'shape', { min: 0 });
  checkHeld(call, { name: 'value', value, dtype: asked ?? null });
  return { outputs: [{ shape, dtype: asked ?? call.tf.util.inferDtype(value as number) }] };
};

const linSpace: KernelRule = (call) => ({
  outputs: [{ shape: [integerOf(call, 'num', { min: 1 })], dtype: 'float32' }],
});

const range: KernelRule = (call) => {
  const [start, stop, step] = ['start', 'stop', 'step'].map((name) => finiteOf(call, name));
  if (start === undefined || stop === undefined || !step) {
    return refuse('argument-invalid', 'Range got a step of 0; use another');
  }
  const isEmpty = start === stop || (start < stop && step < 0) || (stop < start && step > 1);
  const count = isEmpty ? 0 : Math.abs(Math.ceil((stop - start) / step));
  const dtype = (call.attrs['dtype'] ?? 'float32') as DataType;
  if (count > 0) {
    checkHeld(call, { name: 'start', value: start, dtype });
    checkHeld(call, { name: 'step', value: count > 1 ? Math.abs(step) : 0, dtype });
    checkHeld(call, { name: 'its last number', value: start + (count - 1) * step, dtype });
  }
  return { outputs: [{ shape: [count], dtype }] };
};

function finiteOf(call: KernelCall, name: string): number {
  const value = call.attrs[name];
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return refuse('argument-invalid', `${call.kernel} got no finite number as ${name}; give one`);
}

/** Rules by kernel. */
export const CREATION: Readonly<Record<string, KernelRule>> = {
  Fill: fill,
  LinSpace: linSpace,
  Range: range,
};
