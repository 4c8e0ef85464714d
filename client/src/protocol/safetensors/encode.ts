/** Writing safetensors: the same tensors and metadata always give the same bytes. */
import { ObjectInvalidError } from '../errors.ts';
import { HEADER_BYTES_MAX, TENSOR_COUNT_MAX } from '../limits.ts';
import { isWellFormed, quote } from '../strict-json.ts';
import {
  checkTensorName,
  LENGTH_BYTES,
  METADATA_NAME,
  type SafetensorsContent,
  type TensorData,
  type TensorDescription,
  tensorBytes,
} from './format.ts';

const SPACE = 0x20;
/** The data section begins at a multiple of this. */
export const ALIGNMENT = 8;

/**
 * Encodes a whole file: header, then the tensors' data in the order given, without gaps. Inverse of
 * `decodeSafetensors`.
 *
 * @throws {@link ObjectInvalidError} as {@link encodeSafetensorsHeader}, and `size-mismatch` for data that
 * is not as long as dtype and shape say.
 */
export function encodeSafetensors(file: SafetensorsContent<TensorData>): Uint8Array<ArrayBuffer> {
  for (const tensor of file.tensors) checkDataBytes(tensor);
  const header = encodeSafetensorsHeader(file);
  const dataBytes = file.tensors.reduce((sum, { data }) => sum + data.length, 0);
  const bytes = new Uint8Array(header.length + dataBytes);
  bytes.set(header);
  let at = header.length;
  for (const { data } of file.tensors) {
    bytes.set(data, at);
    at += data.length;
  }
  return bytes;
}

/**
 * Encodes what stands before the data, for writers that stream it: length, then JSON padded with
 * spaces, so that the data section begins at a multiple of 8. Metadata comes first and keeps its order.
 *
 * @throws {@link ObjectInvalidError} `bad-name`, `duplicate-name`, `unknown-dtype`, `bad-shape`, `size-overflow`,
 * `bad-metadata`, `too-many-tensors` or `header-too-large`: whatever the reader would refuse.
 */
export function encodeSafetensorsHeader(
  file: SafetensorsContent<TensorDescription>,
): Uint8Array<ArrayBuffer> {
  checkTensorCount(file.tensors.length);
  const members = file.metadata === undefined ? [] : [metadataMember(file.metadata)];
  const names = new Set<string>();
  let begin = 0;
  for (const tensor of file.tensors) {
    checkNewName(tensor.name, names);
    const end = begin + tensorBytes(tensor);
    members.push(tensorMember(tensor, begin, end));
    begin = end;
  }
  if (begin > Number.MAX_SAFE_INTEGER)
    throw new ObjectInvalidError('Tensors exceed 2^53 − 1 bytes together; split the file', {
      code: 'size-overflow',
    });
  return frame(new TextEncoder().encode(`{${members.join(',')}}`));
}

function frame(json: Uint8Array): Uint8Array<ArrayBuffer> {
  const headerBytes = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  if (headerBytes > HEADER_BYTES_MAX) {
    throw new ObjectInvalidError(
      `Header has ${headerBytes} bytes, at most ${HEADER_BYTES_MAX} are read; use fewer tensors or shorter names`,
      { code: 'header-too-large' },
    );
  }
  const bytes = new Uint8Array(LENGTH_BYTES + headerBytes).fill(SPACE);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}

// Members are joined as text: an object would move names like "0" to the front.
function tensorMember(
  { name, dtype, shape }: TensorDescription,
  begin: number,
  end: number,
): string {
  return `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`;
}

function metadataMember(metadata: Readonly<Record<string, string>>): string {
  const members = Object.entries(metadata).map(([key, value]) => {
    if (typeof value === 'string' && isWellFormed(key) && isWellFormed(value)) {
      return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
    }
    throw new ObjectInvalidError(
      `Metadata ${quote(key)} can't be stored; use well-formed strings`,
      { code: 'bad-metadata' },
    );
  });
  return `"${METADATA_NAME}":{${members.join(',')}}`;
}

function checkDataBytes(tensor: TensorData): void {
  const expected = tensorBytes(tensor);
  if (tensor.data.length === expected) return;
  throw new ObjectInvalidError(
    `Tensor ${quote(tensor.name)} has ${tensor.data.length} bytes of data, its dtype and shape make ${expected}; correct the shape`,
    { code: 'size-mismatch' },
  );
}

function checkTensorCount(count: number): void {
  if (count <= TENSOR_COUNT_MAX) return;
  throw new ObjectInvalidError(
    `File has ${count} tensors, at most ${TENSOR_COUNT_MAX} are read; split it`,
    { code: 'too-many-tensors' },
  );
}

function checkNewName(name: string, names: Set<string>): void {
  checkTensorName(name);
  if (names.has(name))
    throw new ObjectInvalidError(`Tensor name ${quote(name)} appears twice; rename one`, {
      code: 'duplicate-name',
    });
  names.add(name);
}
