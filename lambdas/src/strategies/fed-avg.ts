import { averagingWeight, goalMet } from './averaging.ts';
import type { ServerStep, Strategy, StrategyOptions } from './strategy.ts';

/**
 * Federated averaging: w ← w + η·Δ, with η = 1 the weighted mean of the devices' models.
 *
 * @see McMahan et al. 2017, Algorithm 1 (arXiv:1602.05629)
 */
export const fedAvg: Strategy = {
  name: 'fedavg',
  options: { learningRate: { default: 1, min: 0, max: 1e6 } },
  stateNames: [],
  weightOf: averagingWeight,
  mayClose: goalMet,
  step({ weights, meanDelta }: ServerStep, { learningRate = 1 }: StrategyOptions): void {
    for (let i = 0; i < weights.length; i += 1) {
      weights[i] = (weights[i] ?? 0) + learningRate * (meanDelta[i] ?? 0);
    }
  },
};
