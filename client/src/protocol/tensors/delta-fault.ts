/** What is wrong with the numbers of an update, told by tensor and never by value. */
import { boundLog2Of, type TensorSpec, type UpdateRules } from '../objects/plan.ts';
import { quote } from '../strict-json.ts';
import { isNamedLikeStatistic } from './statistic-names.ts';

/** Values of one tensor, or of a part of it. */
export interface TensorValues {
  readonly spec: Pick<TensorSpec, 'name' | 'role'>;
  /** Changes of the tensor; float32. */
  readonly values: Float32Array;
}

/** Why an update's numbers are not counted. */
export interface DeltaFault {
  readonly code: 'non-finite' | 'out-of-bounds';
  /** Name of the first tensor with such a number. */
  readonly tensor: string;
  /** What its numbers should be, such as `magnitudes below 2^4`. */
  readonly expected: string;
  /** One sentence with the first such element, counted from 0 in row-major order, and what to do. */
  readonly message: string;
}

/**
 * Finds the first tensor whose numbers the aggregator would not count: one with a number that is not
 * finite, else one with a number out of its bound.
 */
export function findDeltaFault(
  tensors: readonly TensorValues[],
  update: UpdateRules,
): DeltaFault | undefined {
  for (const { spec, values } of tensors) {
    const element = values.findIndex((value) => !Number.isFinite(value));
    if (element >= 0) return nonFinite(spec, element);
  }

  for (const { spec, values } of tensors) {
    const bound = 2 ** boundLog2Of(update, spec);
    const element = values.findIndex((value) => Math.abs(value) >= bound);
    if (element >= 0) return outOfBounds(spec, element, update);
  }
  return undefined;
}

function nonFinite({ name }: TensorValues['spec'], element: number): DeltaFault {
  return {
    code: 'non-finite',
    tensor: name,
    expected: 'finite numbers',
    message: `Tensor ${quote(name)} has changes that are not finite, the first at element ${element}; training diverged: lower the learning rate, or check the data for values that are not finite`,
  };
}

function outOfBounds(spec: TensorValues['spec'], element: number, update: UpdateRules): DeltaFault {
  const expected = `magnitudes below 2^${boundLog2Of(update, spec)}`;
  return {
    code: 'out-of-bounds',
    tensor: spec.name,
    expected,
    message: `Tensor ${quote(spec.name)} (${spec.role}) has changes out of bounds, the first at element ${element}, expected ${expected}, the plan's ${fieldOf(spec, update)}; ${remedyOf(spec, update)}`,
  };
}

/** The plan's field that bounds the tensor. */
function fieldOf({ role }: TensorValues['spec'], { statisticBoundLog2 }: UpdateRules): string {
  const isApart = role === 'statistic' && statisticBoundLog2 !== undefined;
  return isApart ? 'update.statisticBoundLog2' : 'update.deltaBoundLog2';
}

/** What helps against numbers of a tensor that are out of bounds. */
export function remedyOf(spec: TensorValues['spec'], { statisticBoundLog2 }: UpdateRules): string {
  if (spec.role === 'statistic') {
    const wider = statisticBoundLog2 === undefined ? '' : 'a larger ';
    return `scale the features, or create the model with ${wider}update.statisticBoundLog2`;
  }
  if (isNamedLikeStatistic(spec.name)) {
    return 'if it is a moving statistic, create the model with the role "statistic" for it';
  }
  return 'lower the learning rate or scale the features to about 1, or create the model with a larger update.deltaBoundLog2';
}
