import {
  encodeUpdate,
  findDeltaFault,
  flattenTensors,
  layOutUpdate,
  type NamedTensor,
  type NamedTensors,
  type TrainingPlan,
  TributaryError,
  UpdateRejectedError,
  unflattenTensors,
  withoutFrozen,
} from '../protocol/index.ts';
import { describeValue } from '../protocol/json-fault.ts';
import type { TrainResult } from './train.ts';

/** What an update says besides what training yielded. */
export interface UpdateIdentity {
  readonly plan: TrainingPlan;
  readonly baseVersion: number;
  /** The device's pseudonym. */
  readonly device: string;
  /** What updates hold of the base version, flattened in the plan's order; float32. */
  readonly base: Float32Array;
  /** True sends numbers that the aggregator would not count. @default false */
  readonly isUnchecked?: boolean | undefined;
}

/**
 * Checks what a train function returned as the aggregator would, and encodes it.
 *
 * @throws {@link UpdateRejectedError} with the code the aggregator would give, such as
 * `example-count`, `wrong-shape`, `non-finite` or `out-of-bounds`, naming the tensor. Metrics are never a
 * reason: those that can't be sent are left out.
 */
export function encodeResult(result: TrainResult, identity: UpdateIdentity): Uint8Array {
  const { plan, baseVersion, device } = identity;
  try {
    const { metrics = {} } = result;
    const exampleCount = exampleCountOf(result);
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

/** A number that is not one is told by its kind: a tensor's text would hold its values. */
function exampleCountOf({ exampleCount }: { readonly exampleCount: unknown }): number {
  const isStated = typeof exampleCount === 'number' || typeof exampleCount === 'bigint';
  if (isStated) return exampleCount as number;
  throw new UpdateRejectedError(
    `exampleCount is ${describeValue(exampleCount)}, expected an integer from 1 to 2^53 − 1; return the number of examples trained on`,
    { code: 'example-count' },
  );
}

function deltaOf({ weights, delta }: TrainResult, { plan, base }: UpdateIdentity): NamedTensors {
  if (delta !== undefined) return asFloat32(withoutFrozen(plan, delta));

  const update = layOutUpdate(plan);
  const trained = flattenTensors(update, asFloat32(withoutFrozen(plan, weights)));
  return unflattenTensors(update, difference(trained, base));
}

/** Rounds elements in lists and float64 arrays to float32: their form must not cost a training. */
function asFloat32(tensors: NamedTensors): NamedTensors {
  const entries = Object.entries(tensors).map(([name, tensor]) => [name, rounded(tensor)] as const);
  return Object.fromEntries(entries);
}

function rounded(tensor: NamedTensor): NamedTensor {
  const { data, dtype }: { readonly data?: unknown; readonly dtype?: string } = tensor ?? {};
  const isList = Array.isArray(data) && data.every((value) => typeof value === 'number');
  const isFloat64 = data instanceof Float64Array && (dtype === 'F32' || dtype === 'F64');
  if (!(isFloat64 || (isList && dtype === 'F32'))) return tensor;
  return { ...tensor, dtype: 'F32', data: Float32Array.from(data as ArrayLike<number>) };
}

/** @throws {@link UpdateRejectedError} `non-finite` or `out-of-bounds`. */
function assertCounts(plan: TrainingPlan, delta: NamedTensors): void {
  const tensors = layOutUpdate(plan).tensors.map((spec) => ({
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
