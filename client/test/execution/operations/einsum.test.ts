/** Random equations against sums of products in plain loops. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { runOperation } from '../../../src/execution/operations/run-operation.ts';
import { gradientsAt } from '../gradients/remote-gradients.ts';
import { RandomInputs } from './makers/random-inputs.ts';
import { numbersOf, requestOf } from './requests.ts';

beforeAll(() => tf.setBackend('cpu'));

/** A seed of one's own replays or widens. */
const EQUATIONS = Number(process.env['EQUATIONS'] ?? (inject('thorough') ? 150 : 60));
const SEED = Number(process.env['SEED'] ?? 1);
const LETTERS = 'abcde';

interface Case {
  readonly terms: readonly string[];
  readonly output: string;
  readonly sizes: Readonly<Record<string, number>>;
  readonly tensors: readonly tf.Tensor[];
}

const equationOf = ({ terms, output }: Case) => `${terms.join(', ')} -> ${output}`;

function drawCase(seed: number): Case {
  const r = new RandomInputs(seed);
  const sizes = Object.fromEntries([...LETTERS].map((letter) => [letter, r.int(1, 3)]));
  const someOf = (letters: string, max: number) =>
    r
      .permutation(letters.length)
      .slice(0, r.int(0, Math.min(max, letters.length)))
      .map((place) => letters[place])
      .join('');
  const terms = Array.from({ length: r.int(1, 2) }, () => someOf(LETTERS, 4));
  const output = someOf([...new Set(terms.join(''))].join(''), 4);
  const tensors = terms.map((term) => {
    const shape = [...term].map((letter) => sizes[letter] ?? 1);
    const size = shape.reduce((product, length) => product * length, 1);
    return tf.tensor(
      Array.from({ length: size }, () => r.int(-3, 3)),
      shape,
      'float32',
    );
  });
  return { terms, output, sizes, tensors };
}

/** Place of an element, in row-major order. */
function placeOf(letters: string, at: Readonly<Record<string, number>>, sizes: Case['sizes']) {
  return [...letters].reduce(
    (place, letter) => place * (sizes[letter] ?? 1) + (at[letter] ?? 0),
    0,
  );
}

/** Calls back for every value of every letter. */
function forEachPlace({ terms, sizes }: Case, visit: (at: Record<string, number>) => void): void {
  const letters = [...new Set(terms.join(''))];
  const count = letters.reduce((product, letter) => product * (sizes[letter] ?? 1), 1);
  for (let number = 0; number < count; number += 1) {
    let rest = number;
    const at: Record<string, number> = {};
    for (const letter of letters) {
      at[letter] = rest % (sizes[letter] ?? 1);
      rest = Math.floor(rest / (sizes[letter] ?? 1));
    }
    visit(at);
  }
}

const elementsOf = (letters: string, sizes: Case['sizes']) =>
  [...letters].reduce((product, letter) => product * (sizes[letter] ?? 1), 1);

function expectedValues(drawn: Case): number[] {
  const { terms, output, sizes, tensors } = drawn;
  const values = tensors.map(numbersOf);
  const sums = Array<number>(elementsOf(output, sizes)).fill(0);
  forEachPlace(drawn, (at) => {
    const factors = terms.map((term, index) => values[index]?.[placeOf(term, at, sizes)] ?? 0);
    const place = placeOf(output, at, sizes);
    sums[place] = (sums[place] ?? 0) + factors.reduce((a, b) => a * b, 1);
  });
  return sums;
}

/** Of Σ weight · result. */
function expectedGradients(drawn: Case, weights: readonly number[]): number[][] {
  const { terms, output, sizes, tensors } = drawn;
  const values = tensors.map(numbersOf);
  const gradients = tensors.map(({ size }) => Array<number>(size).fill(0));
  forEachPlace(drawn, (at) => {
    const places = terms.map((term) => placeOf(term, at, sizes));
    for (const [own, gradient] of gradients.entries()) {
      const others = places.map((place, index) =>
        index === own ? 1 : (values[index]?.[place] ?? 0),
      );
      const slope = others.reduce((a, b) => a * b, weights[placeOf(output, at, sizes)] ?? 0);
      const place = places[own] ?? 0;
      gradient[place] = (gradient[place] ?? 0) + slope;
    }
  });
  return gradients;
}

const plain = (numbers: readonly number[]) => numbers.map((number) => number + 0);

describe('einsum', { timeout: 60_000 }, () => {
  it('computes random equations, of float32 and int32', () => {
    for (let seed = SEED; seed < SEED + EQUATIONS; seed += 1) {
      const drawn = drawCase(seed);
      const equation = equationOf(drawn);
      for (const dtype of ['float32', 'int32'] as const) {
        const tensors = drawn.tensors.map((tensor) => tensor.cast(dtype));
        const [made] = runOperation(tf, requestOf('einsum', [equation, ...tensors]));
        expect(made?.dtype).toBe(dtype);
        expect(made?.shape).toEqual([...drawn.output].map((letter) => drawn.sizes[letter]));
        const values = plain(numbersOf(made as tf.Tensor));
        expect({ equation, values }).toEqual({ equation, values: expectedValues(drawn) });
      }
    }
  });

  it('has their gradients', async () => {
    for (let seed = SEED; seed < SEED + EQUATIONS / 3; seed += 1) {
      const drawn = drawCase(seed);
      const equation = equationOf(drawn);
      const shape = [...drawn.output].map((letter) => drawn.sizes[letter] ?? 1);
      const size = elementsOf(drawn.output, drawn.sizes);
      const weights = Array.from({ length: size }, (_, index) => (index % 5) - 2);
      const call = {
        op: 'einsum',
        given: [equation, ...drawn.tensors],
        weights: [tf.tensor(weights, shape, 'float32')],
      };
      const gradients = await gradientsAt(call, drawn.tensors);
      const values = gradients.map((gradient) => plain(numbersOf(gradient)));
      expect({ equation, values }).toEqual({
        equation,
        values: expectedGradients(drawn, weights).map(plain),
      });
    }
  });

  it.each([
    ['i->ii', [[3]]],
    ['ii->i', [[2, 2]]],
    ['ii->', [[2, 2]]],
    [
      'ij,jk',
      [
        [2, 2],
        [2, 2],
      ],
    ],
    ['ij->k', [[2, 2]]],
    [
      'ij,jk->ik',
      [
        [2, 3],
        [2, 3],
      ],
    ],
    ['ij->i', [[2]]],
    ['...j->...', [[2, 2]]],
    ['i,i,i->i', [[2], [2], [2]]],
  ])('refuses %s', (equation, shapes) => {
    const tensors = shapes.map((shape) => tf.ones(shape));
    const run = () => runOperation(tf, requestOf('einsum', [equation, ...tensors]));
    expect(run).toThrow(expect.objectContaining({ code: 'argument-invalid' }));
  });
});
