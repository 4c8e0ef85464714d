import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { inferOperation } from '../../../src/execution/operations/infer-operation.ts';
import { runOperation } from '../../../src/execution/operations/run-operation.ts';

beforeAll(() => tf.setBackend('cpu'));

function run(op: string, args: unknown[], attributes: Record<string, unknown> = {}): tf.Tensor[] {
  return runOperation(tf, { op, args: args as never, attributes });
}

const arrays = (tensors: tf.Tensor[]) => tensors.map((tensor) => tensor.arraySync());
const ones = (...shape: number[]) => tf.ones(shape);

describe('P08: lists of tensors, and names that mean something else', () => {
  it('lists have any length', () => {
    const [a, b, c] = [tf.tensor1d([1]), tf.tensor1d([2]), tf.tensor1d([3])];
    expect(arrays(run('stack', [[a, b]]))).toEqual([[[1], [2]]]);
    expect(arrays(run('stack', [[a, b, c]]))).toEqual([[[1], [2], [3]]]);
    expect(arrays(run('concat', [[a, { value: [7] }, c]]))).toEqual([[1, 7, 3]]);
    expect(() => run('concat', [[]])).toThrow(
      expect.objectContaining({ code: 'argument-invalid' }),
    );
  });

  it.each([
    'layers.add',
    'constructor',
    '__proto__',
    'toString',
    'tidy',
    'add.call',
    'image',
    'util.assert',
    '',
  ])('%o is no operation', (op) => {
    expect(() => run(op, [])).toThrow(expect.objectContaining({ code: 'operation-unknown' }));
  });

  it('what is left out says why', () => {
    expect(() => run('print', [ones(1)])).toThrow('it prints to the console of the worker');
  });

  it('attributes that an operation lacks are refused', () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      const attributes = Object.fromEntries([[name, 1]]);
      expect(() => run('add', [ones(1), ones(1)], attributes)).toThrow(
        expect.objectContaining({ code: 'argument-invalid' }),
      );
    }
  });
});

describe('P09: several results', () => {
  it('come in order', () => {
    const [values, indices] = run('topk', [tf.tensor1d([5, 1, 9], 'int32')], { k: 2 });
    expect([values?.arraySync(), indices?.arraySync()]).toEqual([
      [9, 5],
      [2, 0],
    ]);
    expect([values?.dtype, indices?.dtype]).toEqual(['int32', 'int32']);
    expect(arrays(run('split', [tf.tensor1d([1, 2, 3, 4])], { numOrSizeSplits: 2 }))).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(
      arrays(
        run('unstack', [
          tf.tensor2d([
            [1, 2],
            [3, 4],
          ]),
        ]),
      ),
    ).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('are counted before they are made, unless nobody knows the shape', () => {
    const unknown = { shape: null, dtype: null };
    const form = { shape: [2, 2], dtype: 'int32' as const };
    expect(inferOperation(tf, { op: 'unstack', args: [form], attributes: {} })).toHaveLength(2);
    expect(inferOperation(tf, { op: 'topk', args: [unknown], attributes: {} })).toEqual([
      unknown,
      unknown,
    ]);
    expect(() => inferOperation(tf, { op: 'unstack', args: [unknown], attributes: {} })).toThrow(
      expect.objectContaining({ code: 'shape-unknown' }),
    );
  });
});

describe('values that would be cut off', () => {
  it.each([
    ['int32', 'float32'],
    ['float32', 'int32'],
    ['bool', 'int32'],
  ] as const)('are not joined: %s and %s', (first, second) => {
    const parts = [tf.ones([1], first), tf.ones([1], second)];
    const refused = { code: 'argument-invalid', message: expect.stringContaining(`${first} and`) };
    expect(() => run('concat', [parts])).toThrow(expect.objectContaining(refused));
    expect(() => run('concat1d', [parts])).toThrow(expect.objectContaining(refused));
  });

  it.each([
    ['gather', { value: [0.7] }],
    ['gather', { value: -0.5 }],
    ['gatherND', { value: [[0.7]] }],
  ])('are no places: %s of %j', (op, indices) => {
    expect(() => run(op, [tf.tensor1d([5, 6]), indices])).toThrow(
      expect.objectContaining({
        code: 'argument-invalid',
        message: expect.stringContaining('a fraction in indices, expected integers'),
      }),
    );
    expect(arrays(run('gather', [tf.tensor1d([5, 6]), { value: [1, 0] }]))).toEqual([[6, 5]]);
  });
});

describe('P13: tensors without elements', () => {
  it.each<readonly [string, () => tf.Tensor[], unknown]>([
    ['the sum', () => run('sum', [tf.tensor1d([])]), 0],
    ['the mean of rows', () => run('mean', [tf.zeros([4, 0])], { axis: 1 }), [0, 0, 0, 0]],
    [
      'the product over an inner dimension',
      () => run('matMul', [tf.zeros([2, 0]), tf.zeros([0, 2])]),
      [
        [0, 0],
        [0, 0],
      ],
    ],
    ['what is joined to them', () => run('concat', [[tf.ones([1, 1]), tf.ones([0, 1])]]), [[1]]],
    ['the maximum', () => run('max', [tf.tensor1d([])]), Number.NaN],
    [
      'what is selected beside one number',
      () => run('where', [tf.zeros([0, 2], 'bool'), tf.zeros([0, 2]), tf.scalar(1)]),
      [],
    ],
    [
      'batches of no channels, normalised',
      () => run('batchNorm', [tf.zeros([1, 2, 0]), tf.zeros([0]), tf.zeros([0])]),
      [],
    ],
  ])('%s is what the cpu backend says', (_what, make, expected) => {
    expect(arrays(make())).toEqual([expected]);
  });
});

describe('P13: tensors without elements, where tfjs makes another shape', () => {
  it('are not selected from', () => {
    const none = tf.zeros([0], 'bool');
    expect(() => run('where', [none, tf.ones([1]), tf.zeros([0])])).toThrow(
      expect.objectContaining({ code: 'argument-invalid' }),
    );
  });
});

describe('P14: arguments that trap wasm', () => {
  it('are refused or computed, and nothing after them suffers', () => {
    const p = tf.tensor1d([1, 2, 3], 'int32');
    expect(() => run('tile', [p], { reps: [-1] })).toThrow(
      expect.objectContaining({ code: 'argument-invalid' }),
    );
    expect(() => run('pad', [p], { paddings: [[-1, 0]] })).toThrow(
      expect.objectContaining({ code: 'argument-invalid' }),
    );
    expect(arrays(run('mod', [p, tf.scalar(0, 'int32')]))).toEqual([[0, 0, 0]]);
    expect(arrays(run('add', [p, tf.scalar(1, 'int32')]))).toEqual([[2, 3, 4]]);
  });
});

describe('P15: division and dtypes', () => {
  const i = tf.tensor1d([-5, -4, 3, 2], 'int32');
  const j = tf.tensor1d([3, 2, 2, 2], 'int32');

  it.each<readonly [string, unknown[], unknown, string]>([
    ['of int32', [i, j], [-2, -2, 1, 1], 'int32'],
    ['by a plain number', [i, { value: 2 }], [-2.5, -2, 1.5, 1], 'float32'],
    ['by zero', [i, tf.zerosLike(i)], [0, 0, 0, 0], 'int32'],
  ])('%s', (_what, args, expected, dtype) => {
    const [result] = run('div', args);
    expect(result?.arraySync()).toEqual(expected);
    expect(inferOperation(tf, { op: 'div', args: args as never, attributes: {} })[0]?.dtype).toBe(
      dtype,
    );
    expect(result?.dtype).toBe(dtype);
  });

  it('a plain number added makes float32', () => {
    expect(run('add', [i, { value: 1 }])[0]?.dtype).toBe('float32');
  });
});

describe('P17: numbers that JSON lacks', () => {
  const p = tf.tensor1d([1, 2, 3, 4, 5]);

  it('are attributes and plain values like others', () => {
    const clipped = run('clipByValue', [p], {
      clipValueMin: Number.NEGATIVE_INFINITY,
      clipValueMax: 3,
    });
    expect(arrays(clipped)).toEqual([[1, 2, 3, 3, 3]]);
    expect(arrays(run('mul', [p, { value: Number.NaN }]))).toEqual([new Array(5).fill(Number.NaN)]);
    expect(arrays(run('div', [p, { value: -0 }]))).toEqual([
      new Array(5).fill(Number.NEGATIVE_INFINITY),
    ]);
  });
});

describe('where tfjs makes nonsense', () => {
  const x = tf.tensor2d([
    [1, 2],
    [3, 4],
  ]);

  it.each([
    [
      'cumsum',
      [
        [1, 3],
        [3, 7],
      ],
    ],
    [
      'cumprod',
      [
        [1, 2],
        [3, 12],
      ],
    ],
  ])('%s counts a negative axis from the last', (op, expected) => {
    expect(arrays(run(op, [x], { axis: -1 }))).toEqual([expected]);
    expect(inferOperation(tf, { op, args: [x], attributes: { axis: -1 } } as never)).toEqual([
      { shape: [2, 2], dtype: 'float32' },
    ]);
  });

  it.each([[[[1], [1, 2]]], [[[1, 2], [1]]], [[[1], 2]]])('rows of %j are no tensor', (value) => {
    expect(() => run('neg', [{ value }])).toThrow(
      expect.objectContaining({ code: 'argument-invalid' }),
    );
    expect(() => run('sum', [{ value }])).toThrow('rows of several lengths');
  });

  it('masks may be plain', () => {
    expect(arrays(run('whereAsync', [{ value: [0, 1, 1] }]))).toEqual([[[1], [2]]]);
    expect(arrays(run('booleanMaskAsync', [x, { value: [true, false] }]))).toEqual([[[1, 2]]]);
  });
});

describe('operations that are asynchronous in tfjs', () => {
  it('take the difference of lists with doubles, zeros of both signs and what is not a number', () => {
    const x = tf.tensor1d([3, Number.NaN, -0, 5, 3, Number.POSITIVE_INFINITY, 7]);
    const y = tf.tensor1d([Number.NaN, 0, 5, 9]);
    expect(arrays(run('setdiff1dAsync', [x, y]))).toEqual([
      [3, 3, Number.POSITIVE_INFINITY, 7],
      [0, 4, 5, 6],
    ]);
    expect(arrays(run('setdiff1dAsync', [x, tf.tensor1d([])]))[1]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('refuse to list more places than a tensor has room for', () => {
    const condition = tf.ones([2 ** 23, 1, 1, 1, 1, 1], 'bool');
    expect(() => run('whereAsync', [condition])).toThrow(
      expect.objectContaining({ code: 'tensor-too-large' }),
    );
    condition.dispose();
  });
});
