import type { Readable } from 'node:stream';

/**
 * Reads a request's body into memory, never more than a bound of it.
 *
 * @param body - The request's body; consumed.
 * @param bytesMax - Most bytes to take, inclusive.
 * @returns the bytes, or `too-large` as soon as the bound is passed; the rest is drained unread.
 */
export async function readBody(body: Readable, bytesMax: number): Promise<Buffer | 'too-large'> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of body) {
    byteCount += (chunk as Buffer).length;
    if (byteCount <= bytesMax) {
      chunks.push(chunk as Buffer);
    }
  }
  return byteCount > bytesMax ? 'too-large' : Buffer.concat(chunks);
}
