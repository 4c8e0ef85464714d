/** The functions' arithmetic, for whoever checks or measures it; the functions themselves are deployed as bundles. */
export {
  type Contribution,
  type ContributionOutcome,
  createExactSum,
  type ExactSum,
  type ExactSumOptions,
} from './aggregation/exact-sum.ts';
export { errorBound, fractionBitsFor } from './aggregation/fixed-point.ts';
export { STRATEGIES } from './strategies/index.ts';
export type { Strategy } from './strategies/strategy.ts';
