import { describe, expect, it } from 'vitest';
import { fedAvg } from '../../src/strategies/fed-avg.ts';
import { chooseStrategy } from '../../src/strategies/index.ts';

const rules = {
  encoding: 'f32',
  deltaBoundLog2: 4,
  exampleCountCap: 100,
  weighting: 'examples',
  cohortMax: 10,
} as const;

describe('chooseStrategy', () => {
  it('fills in the options a plan leaves out', () => {
    expect(chooseStrategy({ name: 'fedavgm', options: { momentum: 0.5 } }).options).toEqual({
      learningRate: 1,
      momentum: 0.5,
    });
  });

  it.each([
    ['strategy-unknown', { name: 'fedprox', options: {} }],
    ['strategy-unknown', { name: 'toString', options: {} }],
    ['strategy-option-unknown', { name: 'fedavg', options: { momentum: 0.9 } }],
    ['strategy-option-unknown', { name: 'fedavg', options: { constructor: 1 } }],
    ['strategy-option-range', { name: 'fedavgm', options: { momentum: 1 } }],
    ['strategy-option-range', { name: 'fedavg', options: { learningRate: Number.NaN } }],
  ])('refuses with %s', (code, choice) => {
    expect(() => chooseStrategy(choice)).toThrow(expect.objectContaining({ code }));
  });

  it('says what there is and what to do, also of a strategy without options', () => {
    expect(() => chooseStrategy({ name: 'fedprox', options: {} })).toThrow(
      'Strategy "fedprox" is unknown, expected fedavg, fedavgm; name one of them in the plan',
    );
    const options = { momentum: 0.9 };
    expect(() => chooseStrategy({ name: 'fedavg', options })).toThrow(
      'Strategy fedavg has no option "momentum", expected learningRate; correct the plan',
    );
    const plain = { ...fedAvg, name: 'plain', options: {} };
    expect(() => chooseStrategy({ name: 'plain', options }, [plain])).toThrow(
      'Strategy plain has no option "momentum", expected none; correct the plan',
    );
  });
});

describe('every averaging strategy', () => {
  it.each(['fedavg', 'fedavgm'])('%s weighs by examples up to the cap, or uniformly', (name) => {
    const { strategy } = chooseStrategy({ name, options: {} });
    expect(strategy.weightOf(7, rules)).toBe(7);
    expect(strategy.weightOf(1_000_000_000, rules)).toBe(100);
    expect(strategy.weightOf(7, { ...rules, weighting: 'uniform' })).toBe(1);
  });

  it.each(['fedavg', 'fedavgm'])('%s closes at the goal and not before', (name) => {
    const { strategy } = chooseStrategy({ name, options: {} });
    expect(strategy.mayClose({ validUpdates: 4, goal: 5 })).toBe(false);
    expect(strategy.mayClose({ validUpdates: 5, goal: 5 })).toBe(true);
  });
});

describe('fedavg', () => {
  it('adds the mean delta, scaled by the learning rate, and rounds once to float32', () => {
    const { strategy, options } = chooseStrategy({
      name: 'fedavg',
      options: { learningRate: 0.5 },
    });
    const weights = Float32Array.of(1, 0.1);
    strategy.step({ weights, meanDelta: Float32Array.of(2, 0.3), state: {} }, options);
    expect([...weights]).toEqual([2, Math.fround(Math.fround(0.1) + 0.5 * Math.fround(0.3))]);
  });
});

describe('fedavgm', () => {
  it('accumulates velocity in float64 over the rounds', () => {
    const { strategy, options } = chooseStrategy({ name: 'fedavgm', options: { momentum: 0.9 } });
    const weights = Float32Array.of(0);
    const state = { velocity: new Float64Array(1) };
    const meanDelta = Float32Array.of(1);
    strategy.step({ weights, meanDelta, state }, options);
    strategy.step({ weights, meanDelta, state }, options);
    expect([...state.velocity]).toEqual([1.9]);
    expect([...weights]).toEqual([Math.fround(2.9)]);
  });
});
