/** The strategies a plan may name. To add one: write its file, list it here, test it. */
import { RequestRefusedError, type StrategyChoice } from '@tributary/client/protocol';
import { fedAvg } from './fed-avg.ts';
import { fedAvgM } from './fed-avg-m.ts';
import type { Strategy, StrategyOptions } from './strategy.ts';

/** Every strategy. */
export const STRATEGIES: readonly Strategy[] = [fedAvg, fedAvgM];

/** A strategy with every option filled in. */
export interface ChosenStrategy {
  readonly strategy: Strategy;
  readonly options: StrategyOptions;
}

/**
 * Finds a plan's strategy and completes its options.
 *
 * @param strategies - Those there are. @default every strategy listed here
 * @throws {@link RequestRefusedError} `strategy-unknown`, `strategy-option-unknown`,
 * `strategy-option-range`.
 */
export function chooseStrategy(
  choice: StrategyChoice,
  strategies: readonly Strategy[] = STRATEGIES,
): ChosenStrategy {
  const strategy = strategies.find(({ name }) => name === choice.name);
  if (strategy === undefined) {
    const known = strategies.map(({ name }) => name).join(', ');
    throw new RequestRefusedError(
      `Strategy ${JSON.stringify(choice.name)} is unknown, expected ${known}; name one of them in the plan`,
      { code: 'strategy-unknown' },
    );
  }
  for (const name of Object.keys(choice.options)) {
    if (Object.hasOwn(strategy.options, name)) continue;
    const known = Object.keys(strategy.options).join(', ');
    throw new RequestRefusedError(
      `Strategy ${strategy.name} has no option ${JSON.stringify(name)}, expected ${known === '' ? 'none' : known}; correct the plan`,
      { code: 'strategy-option-unknown' },
    );
  }
  return { strategy, options: completeOptions(strategy, choice.options) };
}

function completeOptions(strategy: Strategy, given: StrategyOptions): StrategyOptions {
  const options: Record<string, number> = {};
  for (const [name, { default: standard, min, max }] of Object.entries(strategy.options)) {
    const value = given[name] ?? standard;
    if (!(value >= min && value <= max)) {
      throw new RequestRefusedError(
        `Option ${name} of strategy ${strategy.name} is ${value}, expected ${min} to ${max}; correct the plan`,
        { code: 'strategy-option-range' },
      );
    }
    options[name] = value;
  }
  return options;
}
