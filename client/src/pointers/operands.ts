import type { InferRequest, OutputSpec } from '../execution/index.ts';
import { type CommandArgument, encodeValue, type TensorArgument } from '../protocol/index.ts';
import type { BoundCall } from './bind-call.ts';
import { PointerTensor } from './pointer-tensor.ts';

/** How a command names what stands for one tensor parameter: pointers by reference, numbers as they are. */
export function argumentOf(value: unknown): CommandArgument {
  if (value === null) return null;
  return isListOfTensors(value) ? value.map(tensorArgumentOf) : tensorArgumentOf(value);
}

/** What inference is told of a call. */
export function inferRequestOf({ name, tensors, attributes }: BoundCall): InferRequest {
  const args = tensors.map((value) => {
    if (value === null) return null;
    return isListOfTensors(value) ? value.map(operandOf) : operandOf(value);
  });
  return { op: name, args, attributes };
}

/** True for a list with pointers in it; other arrays are nested numbers. */
function isListOfTensors(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.some((item) => item instanceof PointerTensor);
}

function tensorArgumentOf(value: unknown): TensorArgument {
  return value instanceof PointerTensor ? value.object.reference : { value: encodeValue(value) };
}

function operandOf(value: unknown): OutputSpec | { readonly value: never } {
  return value instanceof PointerTensor ? value.object.form : { value: value as never };
}
