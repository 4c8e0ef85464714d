import { layoutOf, type TrainingPlan } from '@tributary/client/protocol';
import { chooseStrategy } from './index.ts';

export interface ServerStepInput {
  readonly plan: TrainingPlan;
  /** Base weights on entry, the next version's on return; float32, shape `[elementCount]`, mutated. */
  readonly weights: Float32Array;
  /** float32, shape `[elementCount]`. */
  readonly meanDelta: Float32Array;
  /** float64 arrays of shape `[elementCount]`, mutated. */
  readonly state: Readonly<Record<string, Float64Array>>;
}

/** Zeros for every array the plan's strategy keeps. */
export function initialState(plan: TrainingPlan): Record<string, Float64Array> {
  const { elementCount } = layoutOf(plan);
  const { strategy } = chooseStrategy(plan.strategy);
  return Object.fromEntries(
    strategy.stateNames.map((name) => [name, new Float64Array(elementCount)]),
  );
}

/**
 * Makes the next version's weights in place: trained tensors by the plan's strategy, statistics (a
 * moving average is no direction to speed along) by adding the mean delta. Frozen ones stay, whatever
 * devices send.
 */
export function serverStep({ plan, weights, meanDelta, state }: ServerStepInput): void {
  const { elementCount } = layoutOf(plan);
  const lengths = [weights, meanDelta, ...Object.values(state)].map(({ length }) => length);
  if (lengths.some((length) => length !== elementCount)) {
    throw new Error(`Server step on arrays of ${lengths} elements, the model has ${elementCount}`);
  }
  const { strategy, options } = chooseStrategy(plan.strategy);
  for (const [index, { offset, count }] of layoutOf(plan).tensors.entries()) {
    const role = plan.tensors[index]?.role;
    if (role === 'frozen') continue;
    const part = weights.subarray(offset, offset + count);
    const delta = meanDelta.subarray(offset, offset + count);
    if (role === 'statistic') {
      for (let i = 0; i < part.length; i += 1) part[i] = (part[i] ?? 0) + (delta[i] ?? 0);
    } else {
      const ownState = Object.fromEntries(
        Object.entries(state).map(([name, values]) => [
          name,
          values.subarray(offset, offset + count),
        ]),
      );
      strategy.step({ weights: part, meanDelta: delta, state: ownState }, options);
    }
  }
}
