import assert from 'node:assert/strict';
import { layOutUpdate, type TrainingPlan, unflattenTensors } from '@tributary/client/protocol';
import { chooseStrategy } from './index.ts';

export interface ServerStepInput {
  readonly plan: TrainingPlan;
  /** The flattened model: base weights on entry, the next version's on return; float32, mutated. */
  readonly weights: Float32Array;
  /** The flattened update; float32. */
  readonly meanDelta: Float32Array;
  /** float64 arrays as long as `meanDelta`, mutated. */
  readonly state: Readonly<Record<string, Float64Array>>;
}

/** Zeros for every array the plan's strategy keeps. */
export function initialState(plan: TrainingPlan): Record<string, Float64Array> {
  const { elementCount } = layOutUpdate(plan);
  const { strategy } = chooseStrategy(plan.strategy);
  return Object.fromEntries(
    strategy.stateNames.map((name) => [name, new Float64Array(elementCount)]),
  );
}

/**
 * Makes the next version's weights in place: trained tensors by the plan's strategy, statistics (a
 * moving average is no direction to speed along) by adding the mean delta. Frozen ones stay.
 */
export function serverStep({ plan, weights, meanDelta, state }: ServerStepInput): void {
  const { tensors, elementCount } = layOutUpdate(plan);
  const lengths = [meanDelta, ...Object.values(state)].map(({ length }) => length);
  if (lengths.some((length) => length !== elementCount)) {
    throw new Error(`Server step on arrays of ${lengths} elements, updates have ${elementCount}`);
  }
  const { strategy, options } = chooseStrategy(plan.strategy);
  const model = unflattenTensors(plan, weights);
  for (const { name, role, offset, count } of tensors) {
    const part = model[name]?.data;
    assert(part, `Tensor ${name} of the update is not in the model`);

    const delta = meanDelta.subarray(offset, offset + count);
    if (role === 'statistic') {
      for (let i = 0; i < part.length; i += 1) part[i] = (part[i] ?? 0) + (delta[i] ?? 0);
    } else {
      const ownState = Object.fromEntries(
        Object.entries(state).map(([stateName, values]) => [
          stateName,
          values.subarray(offset, offset + count),
        ]),
      );
      strategy.step({ weights: part, meanDelta: delta, state: ownState }, options);
    }
  }
}
