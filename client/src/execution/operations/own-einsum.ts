/**
 * Sums of products by an equation. tfjs's kernel leaves out operands that have none of the letters it
 * sums (`ij,j->j`), and hands on its argument as the result where nothing is to do (`ij->ij`).
 */
import type { Tensor } from '@tensorflow/tfjs';
import { elementsOf, type Tf } from '../shapes/spec.ts';
import type { OwnOperation } from './own-operation.ts';

/** A tensor and the letters of its dimensions, each once. */
interface Lettered {
  readonly tensor: Tensor;
  readonly letters: readonly string[];
}

/** Sums along every dimension whose letter is not kept. */
function sumOthers(tf: Tf, { tensor, letters }: Lettered, kept: ReadonlySet<string>): Lettered {
  const axes = letters.flatMap((letter, axis) => (kept.has(letter) ? [] : [axis]));
  if (axes.length === 0) return { tensor, letters };
  return { tensor: tf.sum(tensor, axes), letters: letters.filter((letter) => kept.has(letter)) };
}

/** A new tensor with its dimensions in another order. */
function inOrder(tf: Tf, { tensor, letters }: Lettered, order: readonly string[]): Tensor {
  return tf.transpose(
    tensor,
    order.map((letter) => letters.indexOf(letter)),
  );
}

function sizesOf({ tensor, letters }: Lettered, of: readonly string[]): number[] {
  return of.map((letter) => tensor.shape[letters.indexOf(letter)] ?? 1);
}

/** A batch of matrices whose rows, columns and number have these letters each. */
function asMatrices(tf: Tf, operand: Lettered, groups: readonly (readonly string[])[]): Tensor {
  const ordered = inOrder(tf, operand, groups.flat());
  return tf.reshape(
    ordered,
    groups.map((group) => elementsOf(sizesOf(operand, group))),
  );
}

/** Products of matrices: letters of both that stay number them, those that do not are summed. */
function multiply(tf: Tf, a: Lettered, b: Lettered, output: ReadonlySet<string>): Lettered {
  const shared = a.letters.filter((letter) => b.letters.includes(letter));
  const batch = shared.filter((letter) => output.has(letter));
  const summed = shared.filter((letter) => !output.has(letter));
  const rows = a.letters.filter((letter) => !shared.includes(letter));
  const columns = b.letters.filter((letter) => !shared.includes(letter));

  const product = tf.matMul(
    asMatrices(tf, a, [batch, rows, summed]),
    asMatrices(tf, b, [batch, summed, columns]),
  );
  const shape = [...sizesOf(a, [...batch, ...rows]), ...sizesOf(b, columns)];
  return { tensor: tf.reshape(product, shape), letters: [...batch, ...rows, ...columns] };
}

const einsum: OwnOperation = {
  run: ({ tf, attributes, tensorsOf }) => {
    const equation = String(attributes['equation']).replaceAll(/\s/g, '');
    const [left = '', right = ''] = equation.split('->');
    const terms = left.split(',').map((term) => term.split(''));
    const output = right.split('');

    const operands = tensorsOf(0).map((tensor, index) => {
      const others = terms.filter((_, other) => other !== index).flat();
      const operand = { tensor, letters: terms[index] ?? [] };
      return sumOthers(tf, operand, new Set([...output, ...others]));
    });
    const product = operands.reduce((a, b) => multiply(tf, a, b, new Set(output)));
    return [inOrder(tf, product, output)];
  },
};

/** Operations by name. */
export const OWN_EINSUM: Readonly<Record<string, OwnOperation>> = { einsum };
