import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { OPERATIONS } from '../../../src/protocol/commands/operations.generated.ts';
import { type Case, checkCase, checkExactly, drawCase, type Outcome } from './check-case.ts';
import { toIntegers } from './integer-case.ts';
import { checkSecondOrder } from './second-order.ts';

/** Cases per operation; a seed of one's own replays or widens. */
const CASES = Number(process.env['CASES'] ?? (inject('thorough') ? 8 : 4));
const SEED = Number(process.env['SEED'] ?? 1);

/** Gradients of gradients take five runs at the worker for each case. */
const SECOND_CASES = Math.ceil(CASES / 4);

const NAMES = Object.keys(OPERATIONS);
const DIFFERENTIABLE = NAMES.filter((op) => OPERATIONS[op]?.hasGradient);

/** Results are sums of products of whole numbers and of one element of each tensor at most. */
const MULTILINEAR =
  'add addN batchToSpaceND booleanMaskAsync broadcastTo clone concat conv1d conv2d conv2dTranspose conv3d conv3dTranspose cumsum depthToSpace depthwiseConv2d diag dot einsum expandDims gather gatherND image.flipLeftRight image.resizeNearestNeighbor matMul mirrorPad mul neg outerProduct pad reshape reverse scatterND separableConv2d slice spaceToBatchND sparse.sparseSegmentSum sparseToDense split squeeze stack stridedSlice sub sum tensorScatterUpdate tile topk transpose unsortedSegmentSum unstack where'.split(
    ' ',
  );

beforeAll(() => tf.setBackend('cpu'));

async function outcomesOf(
  op: string,
  {
    cases = CASES,
    check,
  }: { cases?: number; check: (drawn: Case | undefined) => Promise<Outcome> },
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let index = 0; index < cases; index += 1) {
    outcomes.push(await check(drawCase(op, SEED * 1_000 + index)));
  }
  return outcomes;
}

const countOf = (outcomes: readonly Outcome[], kind: Outcome['kind']) =>
  outcomes.filter((outcome) => outcome.kind === kind).length;

describe('the gradient at a worker', { timeout: 60_000 }, () => {
  it.each(DIFFERENTIABLE)('of %s is that of central differences', async (op) => {
    const outcomes = await outcomesOf(op, { check: checkCase });
    expect(outcomes.filter(({ kind }) => kind === 'wrong' || kind === 'refused')).toEqual([]);
    expect(countOf(outcomes, 'right')).toBeGreaterThanOrEqual(CASES / 2);
  });

  it.each(MULTILINEAR)('of %s is exact on whole numbers', async (op) => {
    const outcomes = await outcomesOf(op, { check: (drawn) => checkExactly(toIntegers(drawn)) });
    expect(outcomes.filter(({ kind }) => kind === 'wrong' || kind === 'refused')).toEqual([]);
    expect(countOf(outcomes, 'right')).toBeGreaterThanOrEqual(CASES / 2);
  });

  it.each(NAMES.filter((op) => !DIFFERENTIABLE.includes(op)))(
    'of %s is refused, or there is nothing to differentiate',
    async (op) => {
      const outcomes = await outcomesOf(op, { check: checkCase });
      for (const outcome of outcomes) {
        expect(['none', 'refused']).toContain(outcome.kind);
        if (outcome.kind !== 'refused') continue;
        expect(outcome).toMatchObject({
          code: 'gradient-undefined',
          message: expect.stringContaining(op),
        });
      }
    },
  );

  it.each(DIFFERENTIABLE)(
    'of the gradient of %s is that of differences, or refused',
    async (op) => {
      const outcomes = await outcomesOf(op, { cases: SECOND_CASES, check: checkSecondOrder });
      for (const outcome of outcomes) {
        expect(outcome.kind).not.toBe('wrong');
        if (outcome.kind === 'refused') expect(outcome.code).toBe('gradient-undefined');
      }
    },
  );
});
