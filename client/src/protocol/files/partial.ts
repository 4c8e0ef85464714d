/** `partials/{group}/{model}/{round}/{n}/{shard}`: exact sums, their witnesses and the record of what was folded. */
import { ObjectInvalidError } from '../errors.ts';
import { decodeJson } from '../json.ts';
import {
  PARTIAL_BLOCK_ELEMENTS,
  PARTIAL_FORMAT_VERSION,
  PARTIAL_HEADER_BYTES_MAX,
} from '../limits.ts';
import { type PartialRecord, partialRecordSchema } from '../objects/partial.ts';
import { encodeSafetensors } from '../safetensors/encode.ts';
import { LENGTH_BYTES, type TensorData, type TensorDescription } from '../safetensors/format.ts';
import { parseSafetensorsHeader } from '../safetensors/parse-header.ts';
import { checkIdentity } from './identity.ts';

const SUMS_NAME = 'sums';
const WITNESSES_NAME = 'witnesses';
const RECORD_KEY = 'partial';
const SUM_BYTES = 8;

/** What a partial is made of. */
export interface PartialContent {
  readonly record: PartialRecord;
  /** Σ weight·delta in units of 2^-fractionBits; int64, little-endian, shape `[elementCount]`. */
  readonly sums: Uint8Array;
  /** One int64 for every {@link PARTIAL_BLOCK_ELEMENTS} sums begun: what their last one was given in weight. */
  readonly witnesses: Uint8Array;
}

/** What stands before the sums. */
export interface PartialHeader {
  readonly record: PartialRecord;
  /** Where the sums begin in the file. */
  readonly dataOffset: number;
  /** Where the witnesses begin, right behind the sums; they end the file. */
  readonly witnessesOffset: number;
  readonly elementCount: number;
}

/**
 * Encodes a partial; equal content gives equal bytes, whatever the order of the record's members.
 *
 * @throws {@link ObjectInvalidError} `size-mismatch` when `sums` or `witnesses` is no whole number of
 * int64, `wrong-shape` when there is not one witness a block, `header-too-large` when the record's exclusions don't fit.
 */
export function encodePartial(content: PartialContent): Uint8Array<ArrayBuffer> {
  const { record, sums, witnesses } = content;
  const tensors = [int64Tensor(SUMS_NAME, sums), int64Tensor(WITNESSES_NAME, witnesses)];
  checkTensors(tensors);
  const file = encodeSafetensors({
    tensors,
    metadata: { format: PARTIAL_FORMAT_VERSION, [RECORD_KEY]: JSON.stringify(inOrder(record)) },
  });
  const headerBytes = file.length - sums.length - witnesses.length;
  if (headerBytes <= PARTIAL_HEADER_BYTES_MAX) return file;
  throw new ObjectInvalidError(
    `Partial has ${headerBytes} bytes before its sums, at most ${PARTIAL_HEADER_BYTES_MAX} are read; seal fewer updates at once`,
    { code: 'header-too-large' },
  );
}

/**
 * Reads what stands before the sums. Inverse of {@link encodePartial} but for the data: the sums
 * from `dataOffset` on, the witnesses from `witnessesOffset` to the end.
 *
 * @param prefix - The file's first `PARTIAL_HEADER_BYTES_MAX` bytes, or all of a shorter file.
 * @throws {@link ObjectInvalidError} `wrong-format`, `wrong-tensors`, `wrong-dtype`, `wrong-shape`,
 * `json-malformed`, `json-invalid`, `schema-newer`, or as `parseSafetensorsHeader`.
 */
export function parsePartialHeader(prefix: Uint8Array, fileBytes: number): PartialHeader {
  const { metadata, tensors, dataOffset } = parseSafetensorsHeader(prefix, {
    fileBytes,
    headerBytesMax: PARTIAL_HEADER_BYTES_MAX - LENGTH_BYTES,
  });
  const advice = 'fold the shard again with the version that merges it';
  checkIdentity(metadata, [
    { key: 'format', value: PARTIAL_FORMAT_VERSION, code: 'wrong-format', advice },
  ]);
  const elementCount = checkTensors(tensors);
  const source = 'the record of a partial';
  const record = decodeJson(partialRecordSchema, metadata[RECORD_KEY] ?? '', { source });
  const witnessesOffset = dataOffset + elementCount * SUM_BYTES;
  return { record, dataOffset, witnessesOffset, elementCount };
}

function int64Tensor(name: string, data: Uint8Array): TensorData {
  return { name, dtype: 'I64', shape: [Math.floor(data.length / SUM_BYTES)], data };
}

/** @returns How many sums there are. */
function checkTensors(tensors: readonly TensorDescription[]): number {
  const [sums, witnesses] = tensors;
  const names = tensors.map(({ name }) => name);
  if (sums?.name !== SUMS_NAME || witnesses?.name !== WITNESSES_NAME || tensors.length > 2) {
    throw notSums({ code: 'wrong-tensors', found: `${names.length} tensors or other names` });
  }
  const elementCount = checkFlatInt64(sums);
  const witnessCount = checkFlatInt64(witnesses);
  if (witnessCount === Math.ceil(elementCount / PARTIAL_BLOCK_ELEMENTS)) return elementCount;
  throw notSums({
    code: 'wrong-shape',
    found: `${witnessCount} witnesses of ${elementCount} sums`,
  });
}

function checkFlatInt64({ dtype, shape }: TensorDescription): number {
  if (dtype !== 'I64') throw notSums({ code: 'wrong-dtype', found: dtype });
  const [count, ...rest] = shape;
  if (count !== undefined && rest.length === 0) return count;
  throw notSums({ code: 'wrong-shape', found: `${shape.length} dimensions` });
}

function notSums({
  code,
  found,
}: {
  readonly code: string;
  readonly found: string;
}): ObjectInvalidError {
  return new ObjectInvalidError(
    `Partial has ${found}, expected sums and one of witnesses for every ${PARTIAL_BLOCK_ELEMENTS} of them, both I64 of one dimension; fold the shard again`,
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
    bytes: record.bytes,
    digest: record.digest,
    excluded: record.excluded.map(({ device, code, element }) => ({ device, code, element })),
  };
}
