import {
  encodeUpdate,
  findDeltaFault,
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
  /** True sends numbers that the aggregator would not count. @default false */
  readonly isUnchecked?: boolean | undefined;
}

/**
 * Checks what a train function returned as the aggregator would, and encodes it.
 *
 * @throws {@link UpdateRejectedError} with the code the aggregator would give, such as
 * `example-count`, `wrong-shape`, `non-finite` or `out-of-bounds`, naming the tensor.
 */
export function encodeResult(result: TrainResult, identity: UpdateIdentity): Uint8Array {
  const { plan, baseVersion, device } = identity;
  try {
    const { exampleCount, metrics = {} } = result;
    const delta = deltaOf(result, identity);
    const bytes = encodeUpdate({ plan, baseVersion, device, exampleCount, metrics, delta });
    if (identity.isUnchecked !== true) assertCounts(plan, delta);
    return bytes;
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

/** @throws {@link UpdateRejectedError} `non-finite` or `out-of-bounds`. */
function assertCounts(plan: TrainingPlan, delta: NamedTensors): void {
  const tensors = plan.tensors.map((spec) => ({
    spec,
    values: delta[spec.name]?.data ?? new Float32Array(),
  }));
  const fault = findDeltaFault(tensors, plan.update);
  if (fault === undefined) return;
  const { code, message, tensor, expected } = fault;
  throw new UpdateRejectedError(message, { code, detail: { tensor, expected } });
}

/** Subtracts in float64 and rounds once to float32; `trained` is mutated. */
function difference(trained: Float32Array, base: Float32Array): Float32Array {
  for (let index = 0; index < trained.length; index += 1) {
    trained[index] = (trained[index] ?? 0) - (base[index] ?? 0);
  }
  return trained;
}
