import type { InferRequest, OutputSpec } from '../execution/index.ts';
import { type CommandArgument, encodeValue, type TensorArgument } from '../protocol/index.ts';
import type { BoundCall } from './bind-call.ts';
import { PointerTensor } from './pointer-tensor.ts';
import { TracedTensor } from './traced-tensor.ts';

/** A tensor of which nothing is known. */
export const UNKNOWN: OutputSpec = Object.freeze({ shape: null, dtype: null });

/** Applies a function to one tensor or to each of a list; nested numbers are one. */
function eachOf<T>(value: unknown, map: (item: unknown) => T): T | T[] | null {
  if (value === null) return null;
  const isList =
    Array.isArray(value) &&
    value.some((item) => typeof item === 'object' && item !== null && !Array.isArray(item));
  return isList ? value.map(map) : map(value);
}

/** Applies a function to each tensor of a call; a list of plain numbers is one unless lists are called for. */
export function mapTensors<T>(
  { operation, tensors }: Pick<BoundCall, 'operation' | 'tensors'>,
  map: (item: unknown) => T,
): (T | T[] | null)[] {
  const parameters = operation.parameters.filter(({ kind }) => kind !== 'value');
  return tensors.map((value, index) => {
    const isList = parameters[index]?.kind === 'tensor[]' && Array.isArray(value);
    return isList ? value.map(map) : eachOf(value, map);
  });
}

/** How a command names what stands for one tensor parameter: pointers by reference, numbers as they are. */
export function argumentOf(value: unknown): CommandArgument {
  return eachOf(value, tensorArgumentOf);
}

/** What inference is told of a call. */
export function inferRequestOf(call: BoundCall): InferRequest {
  const { name, attributes } = call;
  return { op: name, args: mapTensors(call, operandOf), attributes };
}

function tensorArgumentOf(value: unknown): TensorArgument {
  return value instanceof PointerTensor ? value.object.reference : { value: encodeValue(value) };
}

/** What is known of a tensor, remote or local; else the plain value. */
function operandOf(value: unknown): OutputSpec | { readonly value: never } {
  if (typeof value !== 'object' || value === null || !('shape' in value)) {
    return { value: value as never };
  }
  return formOfHandle(value as OutputSpec);
}

/** What is known of a tensor; of a traced one without the mark that reading its shape leaves. */
export function formOfHandle(value: OutputSpec): OutputSpec {
  const { shape, dtype } = value instanceof TracedTensor ? value.form : value;
  return { shape, dtype };
}
