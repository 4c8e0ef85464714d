/** Products of matrices and of tensors. */
import type { GradConfig, Tensor } from '@tensorflow/tfjs';
import { type GradientRules, gradient, type Tf } from '../rule.ts';
import { sumTo } from '../sum-to.ts';

/** Batches of one matrix are multiplied with every matrix of the other's; TensorFlow.js has no gradient then. */
function matrixProduct(tf: Tf): GradConfig {
  return gradient('BatchMatMul', { inputs: ['a', 'b'] }, (dy, saved, attrs) => {
    const [a, b] = saved as [Tensor, Tensor];
    const [isATurned, isBTurned] = [Boolean(attrs['transposeA']), Boolean(attrs['transposeB'])];
    const ofA = () =>
      isATurned ? tf.matMul(b, dy, isBTurned, true) : tf.matMul(dy, b, false, !isBTurned);
    const ofB = () =>
      isBTurned ? tf.matMul(dy, a, true, isATurned) : tf.matMul(a, dy, !isATurned, false);
    return { a: () => sumTo(tf, ofA(), a.shape), b: () => sumTo(tf, ofB(), b.shape) };
  });
}

/** A tensor and the letters of its dimensions. */
interface Lettered {
  readonly tensor: Tensor;
  readonly letters: string;
}

/** Dimensions in the order of `all`; size 1 where the tensor has none of a letter. */
function align(tf: Tf, { tensor, letters }: Lettered, all: string): Tensor {
  const present = [...all].filter((letter) => letters.includes(letter));
  const order = present.map((letter) => letters.indexOf(letter));
  const shape = [...all].map((letter) => tensor.shape[letters.indexOf(letter)] ?? 1);
  return tf.reshape(tf.transpose(tensor, order), shape);
}

/** Σ over every letter that the operand lacks of dy · the other operands; repeated along letters of the operand only. */
function operandGradient(tf: Tf, operand: Lettered, factors: readonly Lettered[]): Tensor {
  const foreign = factors.flatMap(({ letters }) => [...letters]);
  const summed = [...new Set(foreign)].filter((letter) => !operand.letters.includes(letter));
  const all = [...operand.letters, ...summed].join('');

  const product = factors.map((factor) => align(tf, factor, all)).reduce((a, b) => tf.mul(a, b));
  const axes = summed.map((_, index) => operand.letters.length + index);
  const sum = axes.length === 0 ? product : tf.sum(product, axes);
  return tf.mul(tf.reshape(sum, sum.shape), tf.onesLike(operand.tensor));
}

function einsum(tf: Tf): GradConfig {
  return gradient('Einsum', { allInputs: true }, (dy, saved, { equation }) => {
    const [left = '', right = ''] = String(equation).replaceAll(/\s/g, '').split('->');
    const operands = left
      .split(',')
      .map((letters, index) => ({ letters, tensor: saved[index] as Tensor }));
    const result = { letters: right, tensor: dy };
    return Object.fromEntries(
      operands.map((operand, index) => [
        index,
        () =>
          operandGradient(tf, operand, [result, ...operands.filter((_, other) => other !== index)]),
      ]),
    );
  });
}

/** Gradients that TensorFlow.js lacks, or has for batches of equal size only. */
export const PRODUCTS: GradientRules = (tf) => [matrixProduct(tf), einsum(tf)];
