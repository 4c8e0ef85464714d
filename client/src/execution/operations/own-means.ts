/** Losses, whose weighted mean tfjs rounds down where everything is of integers. */
import { refuse } from '../shapes/refuse.ts';
import type { TensorSpec } from '../shapes/spec.ts';
import type { OwnOperation } from './own-operation.ts';
import { operationOf } from './request.ts';

/** tfjs's number of the reduction that divides by the sum of the weights. */
const MEAN = 1;

/** Losses that stay integers when they are made of integers. */
const weighted: OwnOperation = {
  check: ({ op, attributes, specOf }) => {
    if (attributes['reduction'] !== MEAN) return;
    const tensors = operationOf(op).parameters.filter(({ kind }) => kind !== 'value');
    // The weights come last, and may be left out.
    const dtypes = tensors.map((_, index) => (specOf(index) as TensorSpec | null)?.dtype);
    if (dtypes.at(-1) === undefined || dtypes.includes('float32')) return;
    refuse(
      'dtype-unsupported',
      `Operation ${op} got ${dtypes.at(-1)} as weights, expected float32, because a weighted mean of integers has fractions; cast them to float32 first`,
    );
  },
};

/** Operations by name. */
export const OWN_MEANS: Readonly<Record<string, OwnOperation>> = {
  'losses.absoluteDifference': weighted,
  'losses.computeWeightedLoss': weighted,
  'losses.meanSquaredError': weighted,
};
