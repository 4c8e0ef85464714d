import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeAwsChunked } from '../../../src/local-cloud/s3/aws-chunked.ts';

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let start = 0;
  for (let part = 0; start < bytes.length; part += 1) {
    const size = sizes[part % sizes.length] ?? 1;
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

async function decode(
  bytes: Buffer,
  sizes: readonly number[] = [bytes.length],
): Promise<{ body: Buffer; trailers: Map<string, string> }> {
  const trailers = new Map<string, string>();
  const chunks: Buffer[] = [];
  for await (const chunk of decodeAwsChunked(cut(bytes, sizes), trailers)) chunks.push(chunk);
  return { body: Buffer.concat(chunks), trailers };
}

function encode(chunks: readonly Uint8Array[], trailer: string): Buffer {
  const parts = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...parts, Buffer.from(`0\r\n${trailer}\r\n`)]);
}

test('decoding gives what was encoded, however the wire cuts it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 }),
      async (chunks, sizes) => {
        const encoded = encode(chunks, 'X-Amz-Checksum-Crc32: abcd==\r\n');
        const { body, trailers } = await decode(encoded, sizes);
        expect(body.equals(Buffer.concat(chunks))).toBe(true);
        expect(trailers).toEqual(new Map([['x-amz-checksum-crc32', 'abcd==']]));
      },
    ),
  );
});

test('chunk extensions are ignored', async () => {
  const encoded = Buffer.from('3;chunk-signature=0f\r\nabc\r\n0;chunk-signature=aa\r\n\r\n');
  expect((await decode(encoded)).body.toString()).toBe('abc');
});

test('a body that ends early at any byte is incomplete', async () => {
  const whole = encode([Buffer.from('hello'), Buffer.from('there')], 'a:b\r\n');
  for (let length = 0; length < whole.length; length += 1) {
    await expect(decode(whole.subarray(0, length), [7])).rejects.toMatchObject({
      code: 'IncompleteBody',
    });
  }
});

test.each([
  ['a size that is no number', 'xyz\r\nabc\r\n0\r\n\r\n'],
  ['a negative size', '-3\r\nabc\r\n0\r\n\r\n'],
  ['a size beyond any object', 'fffffffffff\r\nabc\r\n0\r\n\r\n'],
  ['a chunk longer than its size', '2\r\nabc\r\n0\r\n\r\n'],
  ['a trailer without a colon', '0\r\nnonsense\r\n\r\n'],
  ['a line without end', 'a'.repeat(20_000)],
])('%s is refused', async (_, text) => {
  await expect(decode(Buffer.from(text), [1000])).rejects.toMatchObject({ code: 'InvalidRequest' });
});
