import type { Tensor } from '@tensorflow/tfjs';
import type { OutputSpec, TensorSpec, Tf } from '../shapes/spec.ts';
import type { OperationRequest } from './request.ts';

/** A request of an operation that isn't left to tfjs alone. */
export interface OwnRequest {
  readonly tf: Tf;
  readonly op: string;
  readonly attributes: OperationRequest<unknown>['attributes'];
  /** Form of a tensor argument. */
  specOf(index: number): TensorSpec;
}

/** The same with tensors, on the safe backend. */
export interface OwnRun extends OwnRequest {
  /** A tensor argument; plain values became one. */
  tensorOf(index: number): Tensor;
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
}
