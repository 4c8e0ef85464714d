import { averagingWeight, goalMet } from './averaging.ts';
import type { ServerStep, Strategy, StrategyOptions } from './strategy.ts';

/**
 * Federated averaging with server momentum: v ← β·v + Δ; w ← w + η·v. Steadies training where
 * devices' data differ.
 *
 * @see Hsu et al. 2019, "Measuring the Effects of Non-Identical Data Distribution" (arXiv:1909.06335)
 */
export const fedAvgM: Strategy = {
  name: 'fedavgm',
  options: {
    learningRate: { default: 1, min: 0, max: 1e6 },
    momentum: { default: 0.9, min: 0, max: 0.9999 },
  },
  stateNames: ['velocity'],
  weightOf: averagingWeight,
  mayClose: goalMet,
  step(
    { weights, meanDelta, state }: ServerStep,
    { learningRate = 1, momentum = 0.9 }: StrategyOptions,
  ): void {
    const velocity = state['velocity'];
    if (velocity === undefined) throw new Error('State "velocity" missing in a fedavgm step');
    for (let i = 0; i < weights.length; i += 1) {
      const v = momentum * (velocity[i] ?? 0) + (meanDelta[i] ?? 0);
      velocity[i] = v;
      weights[i] = (weights[i] ?? 0) + learningRate * v;
    }
  },
};
