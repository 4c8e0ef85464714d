/** Where each tensor lies in the flattened model: the plan's order, without gaps. */
import { ObjectInvalidError } from '../errors.ts';
import type { TrainingPlan } from '../objects/plan.ts';
import { type TensorData, tensorBytes } from '../safetensors/format.ts';
import { type NamedTensors, tensorData } from './named-tensors.ts';
import { isSameShape, missingTensor, unexpectedTensor, wrongShape } from './tensor-faults.ts';

/** The part of a plan that fixes the layout. */
export type PlanTensors = Pick<TrainingPlan, 'tensors'>;

/** One tensor's elements in the flattened model. */
export interface TensorSpan {
  readonly name: string;
  readonly shape: readonly number[];
  /** First element. */
  readonly offset: number;
  /** Elements; 1 for a scalar, 0 where a dimension is 0. */
  readonly count: number;
}

/** The flattened model. */
export interface ModelLayout {
  readonly tensors: readonly TensorSpan[];
  readonly elementCount: number;
}

/** Bytes of one F32 element. */
export const ELEMENT_BYTES = 4;

/**
 * Lays out a plan's tensors.
 *
 * @throws {@link ObjectInvalidError} `bad-shape` or `size-overflow`.
 */
export function layoutOf(plan: PlanTensors): ModelLayout {
  let offset = 0;
  const tensors = plan.tensors.map((tensor) => {
    const count = tensorBytes(tensor) / ELEMENT_BYTES;
    const span = { name: tensor.name, shape: tensor.shape, offset, count };
    offset += count;
    return span;
  });
  return { tensors, elementCount: offset };
}

/**
 * Gives the plan's tensors, in its order, the form to write.
 *
 * @throws {@link ObjectInvalidError} `wrong-tensors` for a missing or unexpected name, `wrong-dtype`,
 * `wrong-shape` or `size-mismatch`, naming the tensor.
 */
export function orderTensors(plan: PlanTensors, tensors: NamedTensors): readonly TensorData[] {
  const ordered = plan.tensors.map(({ name, shape }) => {
    const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
    if (tensor === undefined) throw missingTensor(name);
    const data = tensorData(name, tensor);
    if (!isSameShape(shape, tensor.shape)) throw wrongShape({ name, shape }, tensor.shape);
    return data;
  });
  const expected = new Set(plan.tensors.map(({ name }) => name));
  const extra = Object.keys(tensors).find((name) => !expected.has(name));
  if (extra !== undefined) throw unexpectedTensor(extra);
  return ordered;
}

/**
 * Joins tensors to one array in the plan's order. Inverse of {@link unflattenTensors}.
 *
 * @returns float32, shape `[elementCount]`, a copy.
 * @throws {@link ObjectInvalidError} as {@link orderTensors}.
 */
export function flattenTensors(
  plan: PlanTensors,
  tensors: NamedTensors,
): Float32Array<ArrayBuffer> {
  orderTensors(plan, tensors);
  const { tensors: spans, elementCount } = layoutOf(plan);
  const flat = new Float32Array(elementCount);
  for (const { name, offset } of spans) {
    const tensor = tensors[name];
    if (tensor !== undefined) flat.set(tensor.data, offset);
  }
  return flat;
}

/**
 * Splits a flattened model into the plan's tensors, which are views of `flat`.
 *
 * @param flat - float32, shape `[elementCount]`.
 * @throws {@link ObjectInvalidError} `size-mismatch`.
 */
export function unflattenTensors(plan: PlanTensors, flat: Float32Array): NamedTensors {
  const { tensors, elementCount } = layoutOf(plan);
  if (flat.length !== elementCount) {
    throw new ObjectInvalidError(
      `Flattened model has ${flat.length} elements, its plan ${elementCount}; use the plan it was made with`,
      { code: 'size-mismatch' },
    );
  }
  return Object.fromEntries(
    tensors.map(({ name, shape, offset, count }) => [
      name,
      { dtype: 'F32', shape, data: flat.subarray(offset, offset + count) },
    ]),
  );
}
