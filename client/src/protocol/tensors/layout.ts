/** Where each tensor lies in the flattened model, and in the flattened update: the plan's order, without gaps. */
import { ObjectInvalidError } from '../errors.ts';
import type { TensorSpec, TrainingPlan } from '../objects/plan.ts';
import { type TensorData, tensorBytes } from '../safetensors/format.ts';
import { type NamedTensors, tensorData } from './named-tensors.ts';
import {
  frozenTensor,
  isSameShape,
  missingTensor,
  unexpectedTensor,
  wrongShape,
} from './tensor-faults.ts';

/** The part of a plan that fixes its layouts. A layout is one too: of the tensors that it holds. */
export type PlanTensors = Pick<TrainingPlan, 'tensors'>;

/** One tensor's elements in the flattened model or update. */
export interface TensorSpan extends TensorSpec {
  /** First element. */
  readonly offset: number;
  /** Elements; 1 for a scalar, 0 where a dimension is 0. */
  readonly count: number;
}

/** The flattened model, or the flattened update. */
export interface TensorLayout {
  readonly tensors: readonly TensorSpan[];
  readonly elementCount: number;
}

/** Bytes of one F32 element. */
export const ELEMENT_BYTES = 4;

/**
 * Lays out what a version holds: all tensors of its plan.
 *
 * @throws {@link ObjectInvalidError} `bad-shape` or `size-overflow`.
 */
export function layOutModel(plan: PlanTensors): TensorLayout {
  let offset = 0;
  const tensors = plan.tensors.map((tensor) => {
    const count = tensorBytes(tensor) / ELEMENT_BYTES;
    const span = { ...tensor, offset, count };
    offset += count;
    return span;
  });
  return { tensors, elementCount: offset };
}

/**
 * Lays out what an update, a sum and a strategy's state hold: the plan's tensors without the frozen
 * ones, which stay as they are and so never travel back.
 *
 * @throws {@link ObjectInvalidError} `bad-shape` or `size-overflow`.
 */
export function layOutUpdate(plan: PlanTensors): TensorLayout {
  return layOutModel({ tensors: plan.tensors.filter(({ role }) => role !== 'frozen') });
}

/** Leaves a plan's frozen tensors out. Others stay, also those that are not in the plan. */
export function withoutFrozen(plan: PlanTensors, tensors: NamedTensors): NamedTensors {
  const frozen = new Set(frozenNames(plan));
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => !frozen.has(name)));
}

/**
 * Refuses tensors that an update leaves out.
 *
 * @throws {@link ObjectInvalidError} `wrong-tensors`, naming the first frozen tensor.
 */
export function assertNotFrozen(plan: PlanTensors, names: Iterable<string>): void {
  const held = new Set(names);
  const frozen = frozenNames(plan).find((name) => held.has(name));
  if (frozen !== undefined) throw frozenTensor(frozen);
}

function frozenNames({ tensors }: PlanTensors): readonly string[] {
  return tensors.filter(({ role }) => role === 'frozen').map(({ name }) => name);
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
    if (tensor === undefined) {
      throw missingTensor({ name, expected: plan.tensors, found: Object.keys(tensors) });
    }
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
  const { tensors: spans, elementCount } = layOutModel(plan);
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
  const { tensors, elementCount } = layOutModel(plan);
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
