import { AwsError } from '../aws-error.ts';

/** Longest chunk header or trailer line accepted, in bytes; real ones are below 150. */
const LINE_BYTES_MAX = 8_192;

/** Largest chunk a header may announce, in bytes: the largest object. */
const CHUNK_BYTES_MAX = 5 * 2 ** 30;

/**
 * Takes the aws-chunked framing off a body.
 *
 * @param trailers - Filled with the trailing headers, names in lower case, once the body has ended.
 * @throws {@link AwsError} `IncompleteBody` for a body that ends early, `InvalidRequest` for broken framing.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const reader = new FrameReader(source);
  for (let size = await readSize(reader); size > 0; size = await readSize(reader)) {
    yield* reader.bytes(size);
    if ((await reader.line()) !== '') {
      throw brokenFraming('a chunk is longer than its header says');
    }
  }
  for (let line = await reader.line(); line !== ''; line = await reader.line()) {
    const separator = line.indexOf(':');
    if (separator < 1) {
      throw brokenFraming('a trailer lacks its colon');
    }
    trailers.set(line.slice(0, separator).toLowerCase(), line.slice(separator + 1).trim());
  }
}

async function readSize(reader: FrameReader): Promise<number> {
  const [digits = ''] = (await reader.line()).split(';');
  const size = /^[0-9a-fA-F]{1,12}$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
  if (!(size <= CHUNK_BYTES_MAX)) {
    throw brokenFraming('a chunk header is not a size in hexadecimal digits');
  }
  return size;
}

function brokenFraming(reason: string): AwsError {
  return new AwsError('InvalidRequest', `The aws-chunked body is malformed: ${reason}`);
}

/** Cuts a stream of buffers into lines and runs of bytes. */
class FrameReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #buffered: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** The next line, without its CRLF. */
  async line(): Promise<string> {
    let end = this.#buffered.indexOf('\r\n');
    while (end < 0) {
      if (this.#buffered.length > LINE_BYTES_MAX) {
        throw brokenFraming(`a line exceeds ${LINE_BYTES_MAX} bytes`);
      }
      this.#buffered = Buffer.concat([this.#buffered, await this.#nextChunk()]);
      end = this.#buffered.indexOf('\r\n');
    }
    const line = this.#buffered.toString('latin1', 0, end);
    this.#buffered = this.#buffered.subarray(end + 2);
    return line;
  }

  /** The next `byteCount` bytes, in as many buffers as they came in. */
  async *bytes(byteCount: number): AsyncGenerator<Buffer> {
    let remaining = byteCount;
    while (remaining > 0) {
      if (this.#buffered.length === 0) {
        this.#buffered = await this.#nextChunk();
      }
      const part = this.#buffered.subarray(0, remaining);
      this.#buffered = this.#buffered.subarray(part.length);
      remaining -= part.length;
      yield part;
    }
  }

  async #nextChunk(): Promise<Buffer> {
    const next = await this.#chunks.next();
    if (next.done) {
      throw new AwsError('IncompleteBody', 'The request body ended before its last chunk');
    }
    return next.value;
  }
}
