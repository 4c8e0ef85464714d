import { AwsError } from '../aws-error.ts';

/** A run of an object's bytes; both ends included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Reads a `Range` header for an object of `bytes` bytes.
 *
 * @returns `undefined` when there is no range or its syntax is not understood, which means the whole object.
 * @throws {@link AwsError} `InvalidRange` for a range that lies beyond the object, `NotImplemented` for several.
 * @see RFC 9110, section 14.1.2
 */
export function parseByteRange(header: string | undefined, bytes: number): ByteRange | undefined {
  if (header?.includes(',')) {
    throw new AwsError('NotImplemented', 'Several ranges in one request are not implemented');
  }
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (header === undefined || first === undefined || last === undefined || first + last === '') {
    return undefined;
  }
  const range = resolve(first, last, bytes);
  if (last !== '' && first !== '' && Number(last) < Number(first)) {
    return undefined;
  }
  if (range.first >= bytes || range.last < range.first) {
    throw new AwsError('InvalidRange', 'The requested range is not satisfiable', {
      details: { RangeRequested: header, ActualObjectSize: String(bytes) },
      headers: { 'content-range': `bytes */${bytes}` },
    });
  }
  return range;
}

function resolve(first: string, last: string, bytes: number): ByteRange {
  if (first === '') {
    return { first: Math.max(0, bytes - Number(last)), last: bytes - 1 };
  }
  const end = last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  return { first: Number(first), last: end };
}
