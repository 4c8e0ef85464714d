/** `models/{model}/state/{version}/state.safetensors`: what a strategy remembers beside the weights. */
import { ObjectInvalidError } from '../errors.ts';
import { STATE_FORMAT_VERSION } from '../limits.ts';
import { float64FromLittleEndian, littleEndianBytes } from '../little-endian.ts';
import { decodeSafetensors } from '../safetensors/decode.ts';
import { encodeSafetensors } from '../safetensors/encode.ts';
import type { TensorData } from '../safetensors/format.ts';
import { quote } from '../strict-json.ts';
import { checkIdentity } from './identity.ts';

/** float64 arrays by name, such as one momentum for the flattened model. */
export type StateTensors = Readonly<Record<string, Float64Array>>;

/** Which version of which model a state belongs to. */
export interface StateId {
  readonly model: string;
  readonly version: number;
}

/** What a state is expected to hold. */
export interface StateExpected extends StateId {
  /** Every tensor's name, each once. */
  readonly names: readonly string[];
  /** Of every tensor: the flattened model's. */
  readonly elementCount: number;
}

/**
 * Encodes a state, tensors sorted by name: equal states give equal bytes, because a state is a
 * function of the round.
 *
 * @throws {@link ObjectInvalidError} as `encodeSafetensors`.
 */
export function encodeState(
  content: StateId & { readonly tensors: StateTensors },
): Uint8Array<ArrayBuffer> {
  const names = Object.keys(content.tensors).sort();
  const tensors = names.flatMap((name) => {
    const values = content.tensors[name];
    if (values === undefined) return [];
    const data = littleEndianBytes(values);
    return [{ name, dtype: 'F64' as const, shape: [values.length], data }];
  });
  const metadata = {
    format: STATE_FORMAT_VERSION,
    model: content.model,
    version: String(content.version),
  };
  return encodeSafetensors({ tensors, metadata });
}

/**
 * Decodes a state, copying its data. Inverse of {@link encodeState}.
 *
 * @throws {@link ObjectInvalidError} `wrong-format`, `wrong-model`, `wrong-version`, `wrong-tensors` unless the
 * names are those expected, `wrong-dtype` unless F64, `wrong-shape` unless flat and of `elementCount`,
 * or as `decodeSafetensors`.
 */
export function decodeState(file: Uint8Array, expected: StateExpected): StateTensors {
  const { metadata, tensors } = decodeSafetensors(file);
  const advice = 'read the state of the version that the result names';
  checkIdentity(metadata, [
    { key: 'format', value: STATE_FORMAT_VERSION, code: 'wrong-format', advice },
    { key: 'model', value: expected.model, code: 'wrong-model', advice },
    { key: 'version', value: String(expected.version), code: 'wrong-version', advice },
  ]);
  checkNames(
    tensors.map(({ name }) => name),
    expected.names,
  );
  return Object.fromEntries(
    tensors.map((tensor) => [tensor.name, valuesOf(tensor, expected.elementCount)]),
  );
}

function checkNames(found: readonly string[], expected: readonly string[]): void {
  if (JSON.stringify([...found].sort()) === JSON.stringify([...expected].sort())) return;
  throw new ObjectInvalidError(
    `State has the tensors ${found.map(quote).join(', ') || 'none'}, expected ${expected.map(quote).join(', ')}; restore the file as it was written`,
    { code: 'wrong-tensors' },
  );
}

function valuesOf({ name, dtype, shape, data }: TensorData, elementCount: number): Float64Array {
  const fault =
    dtype !== 'F64'
      ? { code: 'wrong-dtype', found: dtype }
      : shape.length !== 1 || shape[0] !== elementCount
        ? { code: 'wrong-shape', found: `[${shape.join(', ')}]` }
        : undefined;
  if (fault === undefined) return float64FromLittleEndian(data);
  throw new ObjectInvalidError(
    `State tensor ${quote(name)} is ${fault.found}, expected F64 of [${elementCount}]; restore the file as it was written`,
    { code: fault.code },
  );
}
