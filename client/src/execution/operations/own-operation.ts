import type { DataType, Tensor } from '@tensorflow/tfjs';
import type { OutputSpec, TensorSpec, Tf } from '../shapes/spec.ts';
import type { PlainValue } from './attribute-values.ts';
import type { OperationRequest } from './request.ts';

/** A request of an operation that isn't left to tfjs alone. */
export interface OwnRequest {
  readonly tf: Tf;
  readonly op: string;
  readonly attributes: OperationRequest<unknown>['attributes'];
  /** Form of a tensor argument; a plain value has this dtype, or the one that tfjs infers. */
  specOf(index: number, plainDtype?: DataType): TensorSpec;
  /** A plain value given for a tensor; `undefined` for tensors. */
  plainOf(index: number): PlainValue | undefined;
}

/** The same with tensors, on the safe backend. */
export interface OwnRun extends OwnRequest {
  /** A tensor argument; a plain value becomes one of this dtype, or the one that tfjs infers. */
  tensorOf(index: number, plainDtype?: DataType): Tensor;
  /** The tensors of a parameter that takes a list; plain values become tensors. */
  tensorsOf(index: number): Tensor[];
  /** The tensor given for a parameter of this name, if one was. */
  tensorNamed(name: string): Tensor | undefined;
}

/** What is done instead of calling tfjs's function, or before. */
export interface OwnOperation {
  /** Checks arguments before tfjs gets them. */
  readonly check?: (request: OwnRequest) => void;
  /** The attributes that tfjs gets instead. */
  readonly amend?: (request: OwnRequest) => OwnRequest['attributes'];
  /** Tells what is made, where tfjs's function can't run on forms alone. */
  readonly infer?: (request: OwnRequest) => readonly OutputSpec[];
  /** Makes it, where tfjs's function would go on later, on whatever backend is active then. */
  readonly run?: (request: OwnRun) => readonly Tensor[];
  /**
   * Makes the same while gradients are recorded, where tfjs's function has a gradient of its own that
   * is wrong, incomplete, or lost in gradients of gradients.
   */
  readonly recorded?: (request: OwnRun) => readonly Tensor[];
}
