import type { Maker, Makers, RandomInputs } from './random-inputs.ts';

const REDUCTIONS = [0, 1, 2, 3, undefined];

const loss =
  (values: (r: RandomInputs, shape: number[]) => unknown, ...rest: readonly unknown[]): Maker =>
  (r) => {
    const shape = r.filledShape(2, 2);
    const weights = r.pick([undefined, r.between(0, 2, shape), 0.5]);
    return [
      values(r, shape),
      values(r, shape),
      weights,
      ...rest.map((value) => r.maybe(value)),
      r.pick(REDUCTIONS),
    ];
  };

const any = (r: RandomInputs, shape: number[]) => r.between(-2, 2, shape);
const probability = (r: RandomInputs, shape: number[]) => r.between(0.05, 0.95, shape);

export const LOSS_MAKERS: Makers = {
  'losses.absoluteDifference': loss(any),
  'losses.computeWeightedLoss': (r) => {
    const shape = r.filledShape(1, 3);
    return [
      r.between(0, 3, shape),
      r.pick([undefined, r.between(0, 2, shape), 2]),
      r.pick(REDUCTIONS),
    ];
  },
  'losses.cosineDistance': (r) => {
    const shape = r.filledShape(2, 2);
    return [any(r, shape), any(r, shape), 1, undefined, r.pick(REDUCTIONS)];
  },
  'losses.hingeLoss': loss(probability),
  'losses.huberLoss': loss(any, 0.7),
  'losses.logLoss': loss(probability, 1e-5),
  'losses.meanSquaredError': loss(any),
  'losses.sigmoidCrossEntropy': loss(probability, 0.1),
  'losses.softmaxCrossEntropy': (r) => {
    const shape = r.filledShape(2, 2);
    return [probability(r, shape), any(r, shape), undefined, r.maybe(0.1), r.pick(REDUCTIONS)];
  },
};
