/** Everything whose bytes are fixed: files of fixtures/ by name. */
import {
  type decodeJson,
  encodeJson,
  encodeObjectFile,
  encodePartial,
  encodeSafetensors,
  encodeState,
  encodeUpdate,
  encodeVersion,
  littleEndianBytes,
} from '@tributary/client/protocol';
import { CONTENT } from './files/update-samples.ts';
import { OBJECT_HEADER, TOMBSTONE } from './golden-commands.ts';
import { FLAT, PARTIAL_RECORD, PLAN, TENSOR_A } from './samples.ts';

type Schema = Parameters<typeof decodeJson>[0];

/** A JSON value whose encoding is fixed. */
export interface Golden {
  /** Path within fixtures/. */
  readonly file: string;
  readonly value: unknown;
  /** Reads it back; bodies that only people and the caller's own code read have none. */
  readonly schema?: Schema;
}

const SUMS = new Uint8Array(BigInt64Array.of(2n ** 30n, -(2n ** 62n), 0n).buffer);

/** A weight of 300 at q = 30 and b = 4. */
const WITNESSES = new Uint8Array(BigInt64Array.of(300n << 33n).buffer);

/** The binary files, encoded now. */
export function encodeGoldenFiles(): Readonly<Record<string, Uint8Array>> {
  const ratios = Float64Array.of(0.1, -0.2, 1 / 3);
  return {
    'tensor-a.safetensors': encodeSafetensors(TENSOR_A),
    'update.safetensors': encodeUpdate(CONTENT),
    'version.safetensors': encodeVersion({ plan: PLAN, version: 3, weights: FLAT }),
    'object.safetensors': encodeObjectFile(OBJECT_HEADER, littleEndianBytes(Float32Array.of(1, 2))),
    'object-deleted.safetensors': encodeObjectFile(TOMBSTONE, new Uint8Array()),
    'state.safetensors': encodeState({
      model: 'digits',
      version: 3,
      tensors: { momentum: ratios },
    }),
    'partial.safetensors': encodePartial({
      record: PARTIAL_RECORD,
      sums: SUMS,
      witnesses: WITNESSES,
    }),
  };
}

/** The JSON files, encoded now. */
export function encodeGoldenJson(goldens: readonly Golden[]): Readonly<Record<string, Uint8Array>> {
  return Object.fromEntries(goldens.map(({ file, value }) => [file, encodeJson(value)]));
}
