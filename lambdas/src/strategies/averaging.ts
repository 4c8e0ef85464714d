import type { UpdateRules } from '@tributary/client/protocol';
import type { CollectionProgress } from './strategy.ts';

/**
 * Weight of a member in federated averaging: its example count up to the plan's cap, or 1.
 *
 * @see McMahan et al. 2017, Algorithm 1 (arXiv:1602.05629): n_k
 */
export function averagingWeight(exampleCount: number, rules: UpdateRules): number {
  return rules.weighting === 'uniform' ? 1 : Math.min(exampleCount, rules.exampleCountCap);
}

/** Synchronous rounds close when the goal is met. */
export function goalMet({ validUpdates, goal }: CollectionProgress): boolean {
  return validUpdates >= goal;
}
