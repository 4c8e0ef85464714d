/**
 * Matrix products with a transposed operand. The wasm backend runs those in a scalar loop, seven
 * times slower than its plain product, and every dense layer's gradient needs two of them.
 */
import * as tf from '@tensorflow/tfjs';
import { type ComposedKernel, inputOf, type KernelCall, type NativeKernel } from './kernel.ts';

interface MatMulAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Swaps the last two axes. */
function flip(x: tf.Tensor): tf.Tensor {
  const axes = x.shape.map((_, i) => i);
  return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}

function product(native: NativeKernel, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return native({ a, b }, { transposeA: false, transposeB: false });
}

function batchCount(x: tf.Tensor): number {
  return x.shape.slice(0, -2).reduce((count, size) => count * size, 1);
}

/** Elements moved by turning the operands, and by computing (a·b)ᵀ = bᵀ·aᵀ and turning the result. */
function movedElements(a: tf.Tensor, b: tf.Tensor, attrs: MatMulAttrs): [number, number] {
  const { transposeA, transposeB } = attrs;
  const rows = a.shape.at(transposeA ? -1 : -2) ?? 1;
  const columns = b.shape.at(transposeB ? -2 : -1) ?? 1;
  const result = Math.max(batchCount(a), batchCount(b)) * rows * columns;
  const operands = (transposeA ? a.size : 0) + (transposeB ? b.size : 0);
  return [operands, a.size + b.size - operands + result];
}

/** `batchMatMul`, float32 `[…, rows, inner] · […, inner, columns]`. */
export const batchMatMul: ComposedKernel = {
  kernelName: tf.BatchMatMul,
  compose: (call: KernelCall<MatMulAttrs>, native) => {
    const a = inputOf(call, 'a');
    const b = inputOf(call, 'b');
    const { transposeA, transposeB } = call.attrs;
    if (!transposeA && !transposeB) return product(native, a, b);
    const [direct, turned] = movedElements(a, b, call.attrs);
    if (direct <= turned)
      return product(native, transposeA ? flip(a) : a, transposeB ? flip(b) : b);
    return flip(product(native, transposeB ? b : flip(b), transposeA ? a : flip(a)));
  },
};
