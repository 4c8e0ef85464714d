import { checkEntries, type Dtype, type TensorEntry } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { codeOf, PLAN } from '../samples.ts';

function entry(
  name: string,
  shape: readonly number[],
  [begin, end]: readonly [number, number],
): TensorEntry {
  return { name, dtype: 'F32', shape, begin, end };
}

const KERNEL = entry('dense/kernel', [2, 3], [0, 24]);
const EMPTY = entry('dense/empty', [0, 3], [24, 24]);
const BIAS = entry('dense/bias', [3], [24, 36]);
const MEAN = entry('norm/mean', [], [36, 40]);

describe('checkEntries', () => {
  it('takes the plan’s tensors, empty ones listed anywhere', () => {
    checkEntries(PLAN, [KERNEL, EMPTY, BIAS, MEAN]);
    checkEntries(PLAN, [EMPTY, KERNEL, BIAS, MEAN]);
  });

  it.each([
    ['wrong-tensors', 'missing', [KERNEL, EMPTY, BIAS]],
    ['wrong-tensors', 'unexpected', [KERNEL, EMPTY, BIAS, MEAN, entry('x', [], [40, 44])]],
    ['wrong-tensors', 'unexpected and empty', [KERNEL, EMPTY, BIAS, MEAN, entry('x', [0], [0, 0])]],
    [
      'wrong-tensors',
      'in another order',
      [entry('dense/bias', [3], [0, 12]), entry('dense/kernel', [2, 3], [12, 36]), EMPTY, MEAN],
    ],
    ['wrong-shape', 'transposed', [entry('dense/kernel', [3, 2], [0, 24]), EMPTY, BIAS, MEAN]],
    [
      'wrong-shape',
      'empty otherwise',
      [KERNEL, entry('dense/empty', [3, 0], [24, 24]), BIAS, MEAN],
    ],
    [
      'wrong-shape',
      'of one element instead of a scalar',
      [KERNEL, EMPTY, BIAS, entry('norm/mean', [1], [36, 40])],
    ],
    ['wrong-dtype', 'of another dtype', [KERNEL, EMPTY, { ...BIAS, dtype: 'I32' as Dtype }, MEAN]],
  ])('refuses with %s a tensor that is %s', (code, _, entries) => {
    expect(codeOf(() => checkEntries(PLAN, entries))).toBe(code);
  });

  it.each([
    ['first', [0, 8]],
    ['between', [24, 32]],
    ['last', [40, 48]],
  ] as const)('names a tensor too many that lies %s, not those it moved', (_, [begin, end]) => {
    const moved = [KERNEL, EMPTY, BIAS, MEAN].map((each) => {
      const by = each.begin >= begin ? 8 : 0;
      return { ...each, begin: each.begin + by, end: each.end + by };
    });
    const entries = [...moved, entry('opt', [2], [begin, end])];
    expect(() => checkEntries(PLAN, entries)).toThrow(
      'Tensor "opt" is not in the plan; leave it out',
    );
  });

  it('names a missing tensor before those that moved up', () => {
    const entries = [
      entry('dense/empty', [0, 3], [0, 0]),
      entry('dense/bias', [3], [0, 12]),
      entry('norm/mean', [], [12, 16]),
    ];
    expect(() => checkEntries(PLAN, entries)).toThrow(/^Tensor "dense\/kernel" .* is missing/);
    expect(() => checkEntries(PLAN, [KERNEL, EMPTY, entry('norm/mean', [], [24, 28])])).toThrow(
      /^Tensor "dense\/bias" .* is missing/,
    );
  });

  it('names an unknown tensor that stands for a missing one', () => {
    const renamed = [
      KERNEL,
      EMPTY,
      entry('dense/biases', [3], [24, 36]),
      entry('norm/mean', [], [36, 40]),
    ];
    expect(() => checkEntries(PLAN, renamed)).toThrow(
      'Tensor "dense/bias" of the plan is missing, and "dense/biases" is not in it; name tensors as the plan does and send every tensor of the plan that is not frozen',
    );
    const others = [
      entry('x', [1], [0, 4]),
      ...renamed.slice(0, 2),
      entry('dense.bias', [3], [24, 36]),
    ];
    expect(() => checkEntries(PLAN, others)).toThrow(/missing, and "dense\.bias" is not in it;/);
    expect(() => checkEntries(PLAN, [entry('x', [1], [0, 4])])).toThrow(/, and "x" is not in it;/);
  });

  it('asks for frozen tensors where the file is a version', () => {
    const tensors = PLAN.tensors.map((spec) => ({ ...spec, role: 'frozen' as const }));
    expect(() => checkEntries({ tensors }, [])).toThrow(/; send every tensor of the plan$/);
    expect(() => checkEntries(PLAN, [])).toThrow(/ of the plan that is not frozen$/);
  });
});
