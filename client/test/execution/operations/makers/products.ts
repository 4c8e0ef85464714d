import type { Makers, RandomInputs } from './random-inputs.ts';

function matrices(r: RandomInputs): unknown[] {
  const [rows, inner, columns] = [r.int(0, 4), r.int(0, 4), r.int(1, 4)];
  const batch = r.pick([[], [2], [2, 3]]);
  const [transposeA, transposeB] = [r.bool(), r.bool()];
  const a = [...batch, ...(transposeA ? [inner, rows] : [rows, inner])];
  const b = [...batch, ...(transposeB ? [columns, inner] : [inner, columns])];
  const isFloat = r.fraction() < 0.7;
  return [
    isFloat ? r.floats(a) : r.ints(a),
    isFloat ? r.floats(b) : r.tensor(b),
    transposeA,
    transposeB,
  ];
}

const EQUATIONS: readonly [string, number[], number[]?][] = [
  ['ij,jk->ik', [2, 3], [3, 4]],
  ['ij->ji', [2, 3]],
  ['bij,bjk->bik', [2, 3, 4], [2, 4, 5]],
  ['i,i->', [4], [4]],
  ['ij->', [3, 2]],
  ['i,j->ij', [3], [2]],
];

const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', undefined];

export const PRODUCT_MAKERS: Makers = {
  basicLSTMCell: (r) => {
    const [batch, inputs, units] = [r.int(1, 3), r.int(1, 3), r.int(1, 3)];
    const state = () => r.between(-1, 1, [batch, units]);
    return [
      1,
      r.between(-1, 1, [inputs + units, units * 4]),
      r.between(-1, 1, [units * 4]),
      r.between(-1, 1, [batch, inputs]),
      state(),
      state(),
    ];
  },
  dot: (r) => {
    const size = r.int(1, 4);
    return r.pick([
      () => [r.floats([size]), r.floats([size])],
      () => [r.floats([2, size]), r.floats([size])],
      () => [r.floats([size]), r.floats([size, 3])],
      () => [r.floats([2, size]), r.floats([size, 3])],
    ])();
  },
  einsum: (r) => {
    const [equation, ...shapes] = r.pick(EQUATIONS);
    return [equation, ...shapes.map((shape) => r.floats(shape))];
  },
  'fused.matMul': (r) => {
    const [a, b] = [r.floats([2, 3]), r.floats([3, 4])];
    return [
      {
        a,
        b,
        bias: r.maybe(r.floats([4])),
        activation: r.pick(ACTIVATIONS),
        leakyreluAlpha: r.maybe(0.2),
      },
    ];
  },
  'linalg.bandPart': (r) => [r.floats([...r.pick([[], [2]]), 3, 4]), r.int(-1, 2), r.int(-1, 2)],
  'linalg.gramSchmidt': (r) => {
    const vectors = Array.from({ length: r.int(1, 3) }, () => r.between(-1, 1, [4]));
    return r.bool() ? [vectors] : [r.between(-1, 1, [3, 4])];
  },
  'linalg.qr': (r) => [
    r.between(
      -1,
      1,
      r.pick([
        [3, 3],
        [4, 2],
        [2, 3, 3],
      ]),
    ),
    r.maybe(r.bool()),
  ],
  matMul: matrices,
  outerProduct: (r) => [r.floats(r.shape(1, 1)), r.floats(r.shape(1, 1))],
};
