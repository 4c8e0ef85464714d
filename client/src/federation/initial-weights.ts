import {
  encodeVersion,
  flattenTensors,
  layOutModel,
  type NamedTensors,
  ObjectInvalidError,
  type TensorRole,
  type TrainingPlan,
} from '../protocol/index.ts';

/** A tensor as programs hand it in; only `F32` in a `Float32Array` is taken. */
export interface WeightInput {
  /** `F32`; anything else is refused, naming tensor and dtype. */
  readonly dtype: string;
  /** Dimensions, slowest first; empty for a scalar. */
  readonly shape: readonly number[];
  /** Row-major, as many elements as `shape` says. */
  readonly data: ArrayBufferView;
  /** As `weightsOf(model)` tells it; the plan's `roles` win over it. @default by the tensor's name */
  readonly role?: TensorRole | undefined;
}

/** Tensors by name, in any order: the plan sorts them. */
export type WeightInputs = Readonly<Record<string, WeightInput>>;

/**
 * Encodes version 0 of a model.
 *
 * @throws {@link ObjectInvalidError} `wrong-dtype`, `size-mismatch` or `not-finite`, naming the tensor.
 */
export function encodeInitialWeights(plan: TrainingPlan, weights: WeightInputs): Uint8Array {
  // Callers in JavaScript may pass anything; flattening checks each dtype and array.
  const flat = flattenTensors(plan, weights as NamedTensors);
  const bad = flat.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw notFinite(plan, bad);
  return encodeVersion({ plan, version: 0, weights: flat });
}

function notFinite(plan: TrainingPlan, index: number): ObjectInvalidError {
  const tensor = layOutModel(plan).tensors.find(({ offset, count }) => index < offset + count);
  return new ObjectInvalidError(
    `Tensor ${JSON.stringify(tensor?.name)} has an element that is not finite, at position ${index - (tensor?.offset ?? 0)}; a model begins with finite weights`,
    { code: 'not-finite', detail: { tensor: tensor?.name } },
  );
}
