/** Rewrites one metadata field of a safetensors file; an absent value removes the field. */
function withMetadata(file: Uint8Array, field: string, value: string | undefined): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerBytes)));
  if (value === undefined) delete header.__metadata__[field];
  else header.__metadata__[field] = value;
  return withHeader(header, file.subarray(8 + headerBytes));
}

/** A safetensors file of any header, valid or not, and a data section. */
function withHeader(header: unknown, data: Uint8Array): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + padded + data.length).fill(0x20, 8, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(json, 8);
  file.set(data, 8 + padded);
  return file;
}

export function withMetrics(file: Uint8Array, json: string): Uint8Array {
  return withMetadata(file, 'metrics', json);
}

export function withExampleCount(file: Uint8Array, value: string | undefined): Uint8Array {
  return withMetadata(file, 'example_count', value);
}
