import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { runOperation } from '../../../src/execution/operations/run-operation.ts';

/** No message may hold it. */
const SECRET = 77_345_912;

const ints = (values: number[], shape?: number[]) =>
  tf.tensor(values, shape ?? [values.length], 'int32');
const floats = (...shape: number[]) => tf.fill(shape, SECRET);

beforeAll(() => tf.setBackend('cpu'));

type Row = readonly [
  name: string,
  op: string,
  args: () => unknown[],
  attributes?: Record<string, unknown>,
];

const INVALID: readonly Row[] = [
  ['an index above', 'gather', () => [floats(3), ints([SECRET])]],
  ['an index below', 'gather', () => [floats(3), ints([-SECRET])]],
  ['any index into nothing', 'gather', () => [floats(0), ints([0])]],
  [
    'an index in a row that is within the tensor all the same',
    'gatherND',
    () => [floats(3, 3), ints([0, 5], [1, 2])],
  ],
  ['a place outside', 'scatterND', () => [ints([SECRET], [1, 1]), floats(1)], { shape: [3] }],
  ['a place below', 'scatterND', () => [ints([-1, 3], [1, 2]), floats(1)], { shape: [3, 3] }],
  [
    'a place outside to write to',
    'tensorScatterUpdate',
    () => [floats(3), ints([SECRET], [1, 1]), floats(1)],
  ],
  [
    'a place outside of the dense tensor',
    'sparseToDense',
    () => [ints([SECRET]), floats(1)],
    { outputShape: [3] },
  ],
  [
    'an image that is not there',
    'image.cropAndResize',
    () => [floats(1, 2, 2, 1), floats(1, 4), ints([SECRET])],
    { cropSize: [1, 1] },
  ],
  [
    'an image before the first',
    'image.cropAndResize',
    () => [floats(1, 2, 2, 1), floats(1, 4), ints([-1])],
    { cropSize: [1, 1] },
  ],
  ['a negative number to count', 'bincount', () => [ints([-SECRET]), floats(0)], { size: 3 }],
  [
    'a negative number to count in rows',
    'denseBincount',
    () => [ints([-SECRET], [1, 1]), floats(0)],
    { size: 3 },
  ],
  [
    'a row outside of the shape',
    'sparse.sparseFillEmptyRows',
    () => [ints([SECRET, 0], [1, 2]), floats(1), ints([2, 2]), tf.scalar(0)],
  ],
  [
    'an index outside of the shape',
    'sparse.sparseReshape',
    () => [ints([SECRET, 0], [1, 2]), ints([2, 2]), ints([4])],
  ],
  [
    'a negative size',
    'sparse.sparseReshape',
    () => [ints([0, 0], [1, 2]), ints([2, -2]), ints([4])],
  ],
  [
    'a row that is not there',
    'sparse.sparseSegmentSum',
    () => [floats(2, 2), ints([SECRET]), ints([0])],
  ],
  [
    'segments out of order',
    'sparse.sparseSegmentMean',
    () => [floats(2, 2), ints([0, 1]), ints([SECRET, 0])],
  ],
  ['a negative size to broadcast', 'broadcastArgs', () => [ints([-SECRET]), ints([1])]],
];

const TOO_LARGE: readonly Row[] = [
  [
    'more rows than fit',
    'sparse.sparseFillEmptyRows',
    () => [ints([0, 0], [1, 2]), floats(1), ints([SECRET, 2]), tf.scalar(0)],
  ],
  [
    'more segments than fit',
    'sparse.sparseSegmentSum',
    () => [floats(2, 2), ints([0]), ints([SECRET])],
  ],
];

const FAILING: readonly Row[] = [
  ['shapes that do not fit', 'broadcastArgs', () => [ints([SECRET]), ints([3])]],
  [
    'a size that does not divide',
    'sparse.sparseReshape',
    () => [ints([0, 0], [1, 2]), ints([SECRET, 2]), ints([-1, 5])],
  ],
];

function failureOf(row: Row): unknown {
  const [, op, args, attributes = {}] = row;
  try {
    runOperation(tf, { op, args: args() as never, attributes });
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('values that a kernel would go astray by', () => {
  it.each(INVALID.map((row) => ({ name: `${row[0]} (${row[1]})`, row })))(
    '$name are refused, and stay secret',
    ({ row }) => {
      const error = failureOf(row) as Error;
      expect(error).toMatchObject({ code: 'values-invalid' });
      expect(error.message).not.toContain(String(SECRET));
    },
  );

  it.each(TOO_LARGE.map((row) => ({ name: `${row[0]} (${row[1]})`, row })))(
    '$name are refused, and stay secret',
    ({ row }) => {
      const error = failureOf(row) as Error;
      expect(error).toMatchObject({ code: 'tensor-too-large' });
      expect(error.message).not.toContain(String(SECRET));
    },
  );

  it.each(FAILING.map((row) => ({ name: `${row[0]} (${row[1]})`, row })))(
    '$name fail in the kernel, and stay secret',
    ({ row }) => {
      const error = failureOf(row) as Error & { cause?: unknown };
      expect(error).toMatchObject({ code: 'operation-failed' });
      expect(error.message).not.toContain(String(SECRET));
      expect(error.cause).toBeUndefined();
    },
  );

  it('are numbers after one refusal', () => {
    expect(() =>
      runOperation(tf, { op: 'tile', args: [floats(2)], attributes: { reps: [-1] } }),
    ).toThrow(expect.objectContaining({ code: 'argument-invalid' }));
    const [sum] = runOperation(tf, {
      op: 'add',
      args: [tf.tensor1d([1]), { value: 1 }],
      attributes: {},
    });
    expect(sum?.arraySync()).toEqual([2]);
  });
});
