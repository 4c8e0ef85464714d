/** Kernels that compute each element of one tensor by itself. */
import type { DataType } from '@tensorflow/tfjs';
import { axesOf, inputOf } from '../arguments.ts';
import { checkHeld } from '../held-numbers.ts';
import { refuse } from '../refuse.ts';
import type { KernelRule } from '../spec.ts';

const keepsDtype: KernelRule = (call) => ({ outputs: [inputOf(call, 'x')] });

const makes =
  (dtype: DataType, input = 'x'): KernelRule =>
  (call) => ({ outputs: [{ shape: inputOf(call, input).shape, dtype }] });

const softmax: KernelRule = (call) => {
  const { shape } = inputOf(call, 'logits');
  axesOf({ ...call, attrs: { axis: -1 } }, 'axis', shape.length);
  return { outputs: [{ shape, dtype: 'float32' }] };
};

const step: KernelRule = (call) => {
  const x = inputOf(call, 'x');
  checkHeld(call, { name: 'alpha', value: call.attrs['alpha'], dtype: x.dtype });
  return { outputs: [x] };
};

const partOfComplex: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'input');
  if (dtype !== 'complex64') {
    refuse('dtype-unsupported', `${call.kernel} got ${dtype}, expected complex64`);
  }
  return { outputs: [{ shape, dtype: 'float32' }] };
};

const complex: KernelRule = (call) => {
  const [real, imag] = [inputOf(call, 'real'), inputOf(call, 'imag')];
  if (real.shape.join() !== imag.shape.join()) {
    refuse(
      'argument-invalid',
      `Complex got shapes [${real.shape}] and [${imag.shape}]; give equal ones`,
    );
  }
  if (real.dtype !== 'float32' || imag.dtype !== 'float32') {
    refuse('dtype-unsupported', 'Complex got parts that are not float32; cast them first');
  }
  return { outputs: [{ shape: real.shape, dtype: 'complex64' }] };
};

const cast: KernelRule = (call) => ({
  outputs: [{ shape: inputOf(call, 'x').shape, dtype: call.attrs['dtype'] as DataType }],
});

const KEEPING =
  'Abs Acos Acosh Asin Asinh Atan Atanh Ceil ClipByValue Cos Cosh Elu Erf Expm1 Floor Identity Log Log1p Neg OnesLike Reciprocal Relu Relu6 Round Rsqrt Selu Sigmoid Sign Sin Sinh Softplus Sqrt Square Tan Tanh ZerosLike';

/** Rules by kernel. */
export const ELEMENTWISE: Readonly<Record<string, KernelRule>> = {
  ...Object.fromEntries(KEEPING.split(' ').map((kernel) => [kernel, keepsDtype])),
  Cast: cast,
  Complex: complex,
  ComplexAbs: makes('float32'),
  Exp: makes('float32'),
  Imag: partOfComplex,
  IsFinite: makes('bool'),
  IsInf: makes('bool'),
  IsNan: makes('bool'),
  LeakyRelu: makes('float32'),
  LogicalNot: makes('bool'),
  Real: partOfComplex,
  Softmax: softmax,
  Step: step,
};
