import { CommandError } from '../../protocol/index.ts';
import { inferOperation } from '../operations/infer-operation.ts';
import type { InferRequest } from '../operations/request.ts';
import type { Tf } from '../shapes/spec.ts';

/**
 * Arguments whose values decide whether an operation succeeds, by place: whoever may not read them
 * could read them from what fails.
 */
const DECISIVE_ARGUMENTS: Readonly<Record<string, readonly number[]>> = Object.freeze({
  __proto__: null as never,
  bincount: [0],
  broadcastArgs: [0, 1],
  denseBincount: [0],
  gather: [1],
  gatherND: [1],
  'image.cropAndResize': [2],
  'image.threshold': [0],
  scatterND: [0],
  'sparse.sparseFillEmptyRows': [0, 1, 2, 3],
  'sparse.sparseReshape': [0, 1, 2],
  'sparse.sparseSegmentMean': [0, 1, 2],
  'sparse.sparseSegmentSum': [0, 1, 2],
  sparseToDense: [0],
  tensorScatterUpdate: [1],
  // Its gradient gathers by them.
  unsortedSegmentSum: [1],
});

/** Operations that fail where int32 can't hold the result, unless an argument is of float32. */
const GROWING_OPERATIONS: ReadonlySet<string> = new Set([
  'cumprod',
  'losses.meanSquaredError',
  'pow',
  'prod',
  'squaredDifference',
]);

/** An operation, and which of its arguments the caller may not read. */
export interface HiddenRequest {
  readonly request: InferRequest;
  /** One for each argument. */
  readonly isHidden: readonly boolean[];
}

/**
 * Refuses an operation that would tell something of values that the caller may not read, by the
 * shape of its result or by failing.
 *
 * @throws {@link CommandError} `values-hidden`, and whatever {@link inferOperation} refuses.
 */
export function assertTellsNothing(tf: Tf, { request, isHidden }: HiddenRequest): void {
  if (!isHidden.includes(true)) return;
  const { op, args } = request;
  const isGrowing = GROWING_OPERATIONS.has(op) && !args.some(isFloat);
  const isDecided =
    isGrowing || (DECISIVE_ARGUMENTS[op]?.some((place) => isHidden[place] === true) ?? false);
  if (!isDecided && inferOperation(tf, request).every(({ shape }) => shape !== null)) return;
  const advice = isGrowing
    ? 'cast them to float32 first'
    : 'use operations whose results have the same shape for all values';
  throw new CommandError(
    `${op} on private values would tell of them by its shape or by failing; ${advice}`,
    { code: 'values-hidden' },
  );
}

function isFloat(argument: InferRequest['args'][number]): boolean {
  return argument !== null && 'dtype' in argument && argument.dtype === 'float32';
}
