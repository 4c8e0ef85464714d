/** `partials/{group}/{model}/{round}/{n}/{shard}`: one tensor of exact sums and the record of what was folded. */
import { ObjectInvalidError } from '../errors.ts';
import { decodeJson } from '../json.ts';
import { PARTIAL_HEADER_BYTES_MAX } from '../limits.ts';
import { type PartialRecord, partialRecordSchema } from '../objects/partial.ts';
import { encodeSafetensors } from '../safetensors/encode.ts';
import { LENGTH_BYTES, type TensorEntry } from '../safetensors/format.ts';
import { parseSafetensorsHeader } from '../safetensors/parse-header.ts';

const SUMS_NAME = 'sums';
const RECORD_KEY = 'partial';
const SUM_BYTES = 8;

/** What a partial is made of. */
export interface PartialContent {
  readonly record: PartialRecord;
  /** Σ weight·delta in units of 2^-fractionBits; int64, little-endian, shape `[elementCount]`. */
  readonly sums: Uint8Array;
}

/** What stands before the sums. */
export interface PartialHeader {
  readonly record: PartialRecord;
  /** Where the sums begin in the file. */
  readonly dataOffset: number;
  readonly elementCount: number;
}

/**
 * Encodes a partial; equal content gives equal bytes, whatever the order of the record's members.
 *
 * @throws {@link ObjectInvalidError} `size-mismatch` when `sums` is no whole number of int64,
 * `header-too-large` when the record's exclusions don't fit.
 */
export function encodePartial({ record, sums }: PartialContent): Uint8Array<ArrayBuffer> {
  const shape = [Math.floor(sums.length / SUM_BYTES)];
  const file = encodeSafetensors({
    tensors: [{ name: SUMS_NAME, dtype: 'I64', shape, data: sums }],
    metadata: { [RECORD_KEY]: JSON.stringify(inOrder(record)) },
  });
  const headerBytes = file.length - sums.length;
  if (headerBytes <= PARTIAL_HEADER_BYTES_MAX) return file;
  throw new ObjectInvalidError(
    `Partial has ${headerBytes} bytes before its sums, at most ${PARTIAL_HEADER_BYTES_MAX} are read; seal fewer updates at once`,
    { code: 'header-too-large' },
  );
}

/**
 * Reads what stands before the sums. Inverse of {@link encodePartial} but for the sums, which are
 * `fileBytes − dataOffset` bytes from `dataOffset` on.
 *
 * @param prefix - The file's first `PARTIAL_HEADER_BYTES_MAX` bytes, or all of a shorter file.
 * @throws {@link ObjectInvalidError} `wrong-tensors`, `wrong-dtype`, `wrong-shape`, `json-malformed`,
 * `json-invalid`, `schema-newer`, or as `parseSafetensorsHeader`.
 */
export function parsePartialHeader(prefix: Uint8Array, fileBytes: number): PartialHeader {
  const { metadata, tensors, dataOffset } = parseSafetensorsHeader(prefix, {
    fileBytes,
    headerBytesMax: PARTIAL_HEADER_BYTES_MAX - LENGTH_BYTES,
  });
  const elementCount = elementCountOf(tensors);
  const source = 'the record of a partial';
  const record = decodeJson(partialRecordSchema, metadata[RECORD_KEY] ?? '', { source });
  return { record, dataOffset, elementCount };
}

function elementCountOf(tensors: readonly TensorEntry[]): number {
  const [sums, ...others] = tensors;
  if (sums === undefined || others.length > 0 || sums.name !== SUMS_NAME) {
    throw notSums({ code: 'wrong-tensors', found: `${tensors.length} tensors or another name` });
  }
  if (sums.dtype !== 'I64') throw notSums({ code: 'wrong-dtype', found: sums.dtype });
  const [elementCount, ...rest] = sums.shape;
  if (elementCount === undefined || rest.length > 0) {
    throw notSums({ code: 'wrong-shape', found: `${sums.shape.length} dimensions` });
  }
  return elementCount;
}

function notSums({
  code,
  found,
}: {
  readonly code: string;
  readonly found: string;
}): ObjectInvalidError {
  return new ObjectInvalidError(
    `Partial has ${found}, expected the one tensor sums, I64 of one dimension; fold the shard again`,
    { code },
  );
}

function inOrder(record: PartialRecord): PartialRecord {
  return {
    schema: record.schema,
    arithmeticVersion: record.arithmeticVersion,
    fractionBits: record.fractionBits,
    count: record.count,
    weight: record.weight,
    digest: record.digest,
    excluded: record.excluded.map(({ device, code }) => ({ device, code })),
  };
}
