/** A worker's objects as files: safetensors, so that stock libraries open them. */
import * as z from 'zod';
import { ObjectInvalidError } from '../errors.ts';
import { decodeJson } from '../json.ts';
import { OBJECT_FORMAT_VERSION, OBJECT_HEADER_BYTES_MAX } from '../limits.ts';
import { encodeSafetensors } from '../safetensors/encode.ts';
import type { Dtype, TensorData } from '../safetensors/format.ts';
import { parseSafetensorsHeader } from '../safetensors/parse-header.ts';
import {
  type ObjectHeader,
  objectHeaderSchema,
  type Tombstone,
  tombstoneSchema,
} from './object-header.ts';
import { type RemoteDtype, remoteBytes } from './remote-dtype.ts';

/** Name of the tensor in the file. */
const VALUES = 'values';

const FILE_DTYPES: Readonly<Record<RemoteDtype, Dtype>> = {
  float32: 'F32',
  int32: 'I32',
  bool: 'BOOL',
  // Real and imaginary parts are the file's last dimension.
  complex64: 'F32',
};

const recordSchema: z.ZodType<ObjectHeader | Tombstone> = z.union([
  objectHeaderSchema,
  tombstoneSchema,
]);

/** What an object's file says before its elements. */
export interface ObjectFileHeader {
  readonly record: ObjectHeader | Tombstone;
  /** Where the elements begin in the file; they reach to its end. */
  readonly dataOffset: number;
}

/**
 * Writes an object, or the tombstone of one; the same content gives the same bytes.
 *
 * @param bytes - Elements, row-major and little-endian; none for what is no tensor.
 * @throws {@link ObjectInvalidError} `size-mismatch` for elements of another length than the form says.
 */
export function encodeObjectFile(
  record: ObjectHeader | Tombstone,
  bytes: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const metadata = { format: OBJECT_FORMAT_VERSION, object: JSON.stringify(record) };
  return encodeSafetensors({ metadata, tensors: tensorsOf(record, bytes) });
}

/**
 * Reads what stands before the elements. Inverse of {@link encodeObjectFile}.
 *
 * @param prefix - The file's first bytes, up to its elements at least.
 * @throws {@link ObjectInvalidError} a code of a safetensors header, `wrong-format`, `json-invalid`, `schema-newer`
 * or `size-mismatch`.
 */
export function parseObjectFile(
  prefix: Uint8Array,
  { fileBytes }: { readonly fileBytes: number },
): ObjectFileHeader {
  const { metadata, dataOffset } = parseSafetensorsHeader(prefix, {
    fileBytes,
    headerBytesMax: OBJECT_HEADER_BYTES_MAX,
  });
  if (metadata['format'] !== OBJECT_FORMAT_VERSION) {
    throw new ObjectInvalidError(
      `Object's file has another format version than ${OBJECT_FORMAT_VERSION}; update Tributary`,
      { code: 'wrong-format' },
    );
  }
  const record = decodeJson(recordSchema, metadata['object'] ?? '', { source: 'the object' });
  const expected = record.kind === 'tensor' ? remoteBytes(record) : 0;
  if (fileBytes - dataOffset === expected) return { record, dataOffset };
  throw new ObjectInvalidError(
    `Object's file has ${fileBytes - dataOffset} bytes of elements, its form makes ${expected}; delete the object`,
    { code: 'size-mismatch' },
  );
}

function tensorsOf(record: ObjectHeader | Tombstone, data: Uint8Array): TensorData[] {
  if (record.kind !== 'tensor') return [];
  const { dtype, shape } = record;
  const dimensions = dtype === 'complex64' ? [...shape, 2] : shape;
  return [{ name: VALUES, dtype: FILE_DTYPES[dtype], shape: dimensions, data }];
}
