/** `models/{model}/state/{version}/state.safetensors`: what a strategy remembers beside the weights. */
import { ObjectInvalidError } from '../errors.ts';
import { STATE_FORMAT_VERSION } from '../limits.ts';
import { float64FromLittleEndian, littleEndianBytes } from '../little-endian.ts';
import { decodeSafetensors } from '../safetensors/decode.ts';
import { encodeSafetensors } from '../safetensors/encode.ts';
import { quote } from '../strict-json.ts';
import { checkIdentity } from './identity.ts';

/** float64 arrays by name, such as one momentum for the flattened model. */
export type StateTensors = Readonly<Record<string, Float64Array>>;

/** Which version of which model a state belongs to. */
export interface StateId {
  readonly model: string;
  readonly version: number;
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
 * @throws {@link ObjectInvalidError} `wrong-format`, `wrong-model`, `wrong-version`, `wrong-dtype` unless F64,
 * `wrong-shape` unless flat, or as `decodeSafetensors`.
 */
export function decodeState(file: Uint8Array, { model, version }: StateId): StateTensors {
  const { metadata, tensors } = decodeSafetensors(file);
  const advice = 'read the state of the version that the result names';
  checkIdentity(metadata, [
    { key: 'format', value: STATE_FORMAT_VERSION, code: 'wrong-format', advice },
    { key: 'model', value: model, code: 'wrong-model', advice },
    { key: 'version', value: String(version), code: 'wrong-version', advice },
  ]);
  return Object.fromEntries(
    tensors.map(({ name, dtype, shape, data }) => {
      if (dtype !== 'F64') throw notFlatF64(name, { code: 'wrong-dtype', found: dtype });
      if (shape.length !== 1) {
        throw notFlatF64(name, { code: 'wrong-shape', found: `[${shape.join(', ')}]` });
      }
      return [name, float64FromLittleEndian(data)];
    }),
  );
}

function notFlatF64(
  name: string,
  { code, found }: { readonly code: string; readonly found: string },
): ObjectInvalidError {
  return new ObjectInvalidError(
    `State tensor ${quote(name)} is ${found}, expected F64 of one dimension; restore the file as it was written`,
    { code },
  );
}
