import {
  encodeUpdate,
  flattenTensors,
  type NamedTensors,
  type TrainingPlan,
  TributaryError,
  UpdateRejectedError,
  unflattenTensors,
} from '../protocol/index.ts';
import type { TrainResult } from './train.ts';

/** What an update says besides what training yielded. */
export interface UpdateIdentity {
  readonly plan: TrainingPlan;
  readonly baseVersion: number;
  /** The device's pseudonym. */
  readonly device: string;
  /** The base version, flattened in the plan's order; float32. */
  readonly base: Float32Array;
}

/**
 * Checks the content of what a train function returned and encodes it. Values are left alone: whether a delta is
 * finite and within bounds is the aggregator's decision.
 *
 * @throws {@link UpdateRejectedError} with the code the aggregator would give, such as
 * `example-count`, `bad-metrics`, `wrong-shape`.
 */
export function encodeResult(result: TrainResult, identity: UpdateIdentity): Uint8Array {
  const { plan, baseVersion, device } = identity;
  try {
    const { exampleCount, metrics = {} } = result;
    const delta = deltaOf(result, identity);
    return encodeUpdate({ plan, baseVersion, device, exampleCount, metrics, delta });
  } catch (cause) {
    if (!(cause instanceof TributaryError)) throw cause;
    throw new UpdateRejectedError(
      `Result of training model ${plan.model} can't be uploaded: ${cause.message}`,
      { code: cause.code, detail: { ...cause.detail, phase: 'training' }, cause },
    );
  }
}

function deltaOf({ weights, delta }: TrainResult, { plan, base }: UpdateIdentity): NamedTensors {
  if (delta !== undefined) return delta;
  return unflattenTensors(plan, difference(flattenTensors(plan, weights), base));
}

/** Subtracts in float64 and rounds once to float32; `trained` is mutated. */
function difference(trained: Float32Array, base: Float32Array): Float32Array {
  for (let index = 0; index < trained.length; index += 1) {
    trained[index] = (trained[index] ?? 0) - (base[index] ?? 0);
  }
  return trained;
}
